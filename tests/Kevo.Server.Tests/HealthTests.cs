using Grpc.Core;
using Grpc.Health.V1;
using Grpc.Reflection.V1Alpha;
using Kevo.Server.Reporting;
using static Kevo.Server.Tests.ServerFixture;
using ReflectionV1 = Grpc.Reflection.V1;
using ServingStatus = Grpc.Health.V1.HealthCheckResponse.Types.ServingStatus;

namespace Kevo.Server.Tests;

/// <summary>grpc.health.v1 and server reflection beside the client service.</summary>
public sealed class HealthTests
{
    [Theory]
    [InlineData("")]
    [InlineData("kevo.KevoService")]
    public async Task Health_follows_readiness(string service)
    {
        await using ServerFixture server = await ServerFixture.StartAsync();
        Health.HealthClient health = new(server.OpenChannel());
        HealthCheckRequest request = new() { Service = service };
        Assert.Equal(ServingStatus.Serving, (await health.CheckAsync(request)).Status);
        server.Status.Report = server.Status.Report with { Lag = new LagReport() };
        Assert.Equal(ServingStatus.NotServing, (await health.CheckAsync(request)).Status);
    }

    [Fact]
    public async Task Liveness_follows_the_data_path_only()
    {
        await using ServerFixture server = await ServerFixture.StartAsync();
        Health.HealthClient health = new(server.OpenChannel());
        HealthCheckRequest request = new() { Service = "live" };
        server.Status.Report = server.Status.Report with { Lag = new LagReport() };
        Assert.Equal(ServingStatus.Serving, (await health.CheckAsync(request)).Status);
        server.Status.Report = server.Status.Report with
        {
            Fatal = new ErrorReport(DateTimeOffset.UnixEpoch, "storage", "sync failed"),
        };
        Assert.Equal(ServingStatus.NotServing, (await health.CheckAsync(request)).Status);
    }

    [Fact]
    public async Task An_unknown_service_is_not_found()
    {
        await using ServerFixture server = await ServerFixture.StartAsync();
        Health.HealthClient health = new(server.OpenChannel());
        Status refusal = await RefusalOf(health.CheckAsync(new HealthCheckRequest { Service = "other" }));
        Assert.Equal(StatusCode.NotFound, refusal.StatusCode);
    }

    [Fact]
    public async Task A_watch_tells_every_change()
    {
        await using ServerFixture server = await ServerFixture.StartAsync();
        Health.HealthClient health = new(server.OpenChannel());
        using AsyncServerStreamingCall<HealthCheckResponse> watch =
            health.Watch(new HealthCheckRequest(), deadline: DateTime.UtcNow + Patience);
        Assert.True(await watch.ResponseStream.MoveNext());
        Assert.Equal(ServingStatus.Serving, watch.ResponseStream.Current.Status);
        server.Readiness.BeginDraining();
        Assert.True(await watch.ResponseStream.MoveNext());
        Assert.Equal(ServingStatus.NotServing, watch.ResponseStream.Current.Status);
    }

    [Fact]
    public async Task Reflection_lists_and_describes_the_client_service()
    {
        await using ServerFixture server = await ServerFixture.StartAsync();
        ServerReflection.ServerReflectionClient client = new(server.OpenChannel());
        using AsyncDuplexStreamingCall<ServerReflectionRequest, ServerReflectionResponse> call =
            client.ServerReflectionInfo(deadline: DateTime.UtcNow + Patience);
        await call.RequestStream.WriteAsync(new ServerReflectionRequest { ListServices = "" });
        Assert.True(await call.ResponseStream.MoveNext());
        Assert.Contains(
            call.ResponseStream.Current.ListServicesResponse.Service, service => service.Name == "kevo.KevoService");
        await call.RequestStream.WriteAsync(
            new ServerReflectionRequest { FileContainingSymbol = "kevo.KevoService" });
        Assert.True(await call.ResponseStream.MoveNext());
        Assert.NotEmpty(call.ResponseStream.Current.FileDescriptorResponse.FileDescriptorProto);
        await call.RequestStream.CompleteAsync();
    }

    [Fact]
    public async Task Reflection_speaks_version_1_too()
    {
        await using ServerFixture server = await ServerFixture.StartAsync();
        ReflectionV1.ServerReflection.ServerReflectionClient client = new(server.OpenChannel());
        using AsyncDuplexStreamingCall<ReflectionV1.ServerReflectionRequest, ReflectionV1.ServerReflectionResponse> call
            = client.ServerReflectionInfo(deadline: DateTime.UtcNow + Patience);
        await call.RequestStream.WriteAsync(new ReflectionV1.ServerReflectionRequest { ListServices = "" });
        Assert.True(await call.ResponseStream.MoveNext());
        Assert.Contains(
            call.ResponseStream.Current.ListServicesResponse.Service, service =>
                service.Name == "grpc.health.v1.Health");
        await call.RequestStream.CompleteAsync();
    }
}
