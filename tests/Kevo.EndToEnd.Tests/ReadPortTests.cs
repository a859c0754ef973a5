using Grpc.Core;
using Grpc.Health.V1;
using Grpc.Net.Client;
using Grpc.Reflection.V1Alpha;
using Kevo.EndToEnd.Tests.Processes;
using Kevo.Replica.Demo;
using Kevo.Testing;
using ServingStatus = Grpc.Health.V1.HealthCheckResponse.Types.ServingStatus;

namespace Kevo.EndToEnd.Tests;

/// <summary>What tools ask at the port for reads: health as probes ask it, and reflection as grpcurl does.</summary>
public sealed class ReadPortTests
{
    [Fact]
    public async Task Health_follows_the_primary_and_reflection_describes_the_services()
    {
        using var directory = new TemporaryDirectory();
        RelayDemoPrimary primary = await RelayDemoPrimary.StartAsync(
            directory.Combine("primary"), TimeProvider.System, TestContext.Current.CancellationToken);
        await using ReplicaRun run = ReplicaRun.Start(
        [
            "run", "--data", directory.Combine("replica"), "--log-format", "json", .. primary.ReplicaFlags,
            "--listen", "127.0.0.1:0", "--admin", "off", "--ready-lag", "200ms", "--retry-base-delay", "50ms",
        ]);
        string reads = await run.AddressAsync(Events.ReadsListening);
        using GrpcChannel channel = GrpcChannel.ForAddress($"http://{reads}");

        var health = new Health.HealthClient(channel);
        using AsyncServerStreamingCall<HealthCheckResponse> watch = health.Watch(
            new HealthCheckRequest(), cancellationToken: TestContext.Current.CancellationToken);
        var workload = new DemoWorkload(Seed.For(3400), primary.LargestValue);
        primary.Write(workload.Next());
        primary.Flush();
        await UntilAsync(watch, ServingStatus.Serving);
        await primary.DisposeAsync();
        await UntilAsync(watch, ServingStatus.NotServing);

        using AsyncDuplexStreamingCall<ServerReflectionRequest, ServerReflectionResponse> reflection =
            new ServerReflection.ServerReflectionClient(channel).ServerReflectionInfo(
                cancellationToken: TestContext.Current.CancellationToken);
        await reflection.RequestStream.WriteAsync(
            new ServerReflectionRequest { ListServices = "" }, TestContext.Current.CancellationToken);
        Assert.True(await reflection.ResponseStream.MoveNext(TestContext.Current.CancellationToken));
        Assert.Contains(
            reflection.ResponseStream.Current.ListServicesResponse.Service,
            service => service.Name == "kevo.KevoService");
        await reflection.RequestStream.WriteAsync(
            new ServerReflectionRequest { FileContainingSymbol = "kevo.KevoService" },
            TestContext.Current.CancellationToken);
        Assert.True(await reflection.ResponseStream.MoveNext(TestContext.Current.CancellationToken));
        Assert.NotEmpty(reflection.ResponseStream.Current.FileDescriptorResponse.FileDescriptorProto);
        await reflection.RequestStream.CompleteAsync();
    }

    private static async Task UntilAsync(AsyncServerStreamingCall<HealthCheckResponse> watch, ServingStatus wanted)
    {
        using var limit = new CancellationTokenSource(ReplicaRun.Patience);
        do
        {
            Assert.True(await watch.ResponseStream.MoveNext(limit.Token));
        }
        while (watch.ResponseStream.Current.Status != wanted);
    }
}
