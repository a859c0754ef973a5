using System.Net;
using Kevo.Core;
using Kevo.Replica.Configuration;
using Kevo.Replica.Node;

namespace Kevo.Replica.Commands;

/// <summary><c>health</c>: whether a running replica is ready; made for exec probes.</summary>
internal sealed class HealthCommand : ReplicaCommand
{
    /// <summary>The exit code when the node answers that it is not ready.</summary>
    public const int NotReady = 1;

    /// <inheritdoc/>
    public override string Name => "health";

    /// <inheritdoc/>
    public override string Summary => "Ask a running replica whether it is ready: exit code 0 yes, 1 no, 4 no answer.";

    /// <inheritdoc/>
    public override CommandSet Set => CommandSet.Health;

    /// <inheritdoc/>
    public override async Task<int> RunAsync(Invocation invocation, CancellationToken stop)
    {
        bool json = invocation.Settings.Get(RequestSettings.Json);
        using AdminClient client = AdminClient.Create(invocation.Settings, invocation.Time);
        (HttpStatusCode code, string body) = await client.GetAsync("/readyz?verbose", stop);
        bool ready = code == HttpStatusCode.OK;
        if (!ready && code != HttpStatusCode.ServiceUnavailable)
        {
            throw new ProtocolException(
                $"{client.Address} answered {(int)code}; is it the admin endpoint of a replica?");
        }

        invocation.Output.Out.WriteLine(json ? body : ReadinessText.Of(body));
        return ready ? ExitCode.Ok : NotReady;
    }
}
