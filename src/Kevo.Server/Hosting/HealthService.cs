using Grpc.Core;
using Grpc.Health.V1;
using Kevo.Server.Reads;
using Kevo.Server.Reporting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using ServingStatus = Grpc.Health.V1.HealthCheckResponse.Types.ServingStatus;

namespace Kevo.Server.Hosting;

/// <summary>
/// grpc.health.v1: the empty name and <c>kevo.KevoService</c> follow readiness, <c>live</c> follows the data path. It
/// looks when asked; a watch looks once a second while it lasts.
/// </summary>
internal sealed class HealthService(Readiness readiness, IReplicaStatus status, TimeProvider time) : Health.HealthBase
{
    /// <summary>The name under which liveness is asked for.</summary>
    public const string LivenessName = "live";

    private static readonly TimeSpan WatchInterval = TimeSpan.FromSeconds(1);

    /// <inheritdoc/>
    public override Task<HealthCheckResponse> Check(HealthCheckRequest request, ServerCallContext context)
    {
        ServingStatus serving = Look(request.Service);
        return serving == ServingStatus.ServiceUnknown
            ? throw new RpcException(new Status(StatusCode.NotFound, $"no service '{request.Service}' here"))
            : Task.FromResult(new HealthCheckResponse { Status = serving });
    }

    /// <inheritdoc/>
    public override async Task Watch(
        HealthCheckRequest request, IServerStreamWriter<HealthCheckResponse> responseStream, ServerCallContext context)
    {
        ServingStatus last = ServingStatus.Unknown;
        using PeriodicTimer timer = new(WatchInterval, time);
        IHostApplicationLifetime host =
            context.GetHttpContext().RequestServices.GetRequiredService<IHostApplicationLifetime>();
        using CancellationTokenSource end =
            CancellationTokenSource.CreateLinkedTokenSource(context.CancellationToken, host.ApplicationStopping);
        try
        {
            do
            {
                ServingStatus serving = Look(request.Service);
                if (serving != last)
                {
                    last = serving;
                    await responseStream.WriteAsync(
                        new HealthCheckResponse { Status = serving }, end.Token);
                }
            }
            while (await timer.WaitForNextTickAsync(end.Token));
        }
        catch (OperationCanceledException)
        {
            // The ordinary end of a watch: the client has seen enough, or the server stops.
        }
    }

    private ServingStatus Look(string service) => service switch
    {
        "" or KevoMethods.Service => Serving(readiness.Evaluate().Ready),
        LivenessName => Serving(status.GetReport().Fatal is null),
        _ => ServingStatus.ServiceUnknown,
    };

    private static ServingStatus Serving(bool serving) => serving ? ServingStatus.Serving : ServingStatus.NotServing;
}
