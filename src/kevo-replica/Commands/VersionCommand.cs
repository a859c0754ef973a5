using Kevo.Replica.Configuration;
using Kevo.Replica.Terminal;

namespace Kevo.Replica.Commands;

/// <summary><c>version</c>: what this executable is.</summary>
internal sealed class VersionCommand : ReplicaCommand
{
    /// <inheritdoc/>
    public override string Name => "version";

    /// <inheritdoc/>
    public override string Summary =>
        "Print the version and the commit it was built from.";

    /// <inheritdoc/>
    public override CommandSet Set => CommandSet.Version;

    /// <inheritdoc/>
    public override Task<int> RunAsync(Invocation invocation, CancellationToken stop)
    {
        TextWriter output = invocation.Output.Out;
        if (invocation.Settings.Get(RequestSettings.Json))
        {
            output.WriteLine(JsonText.Of(json =>
            {
                json.WriteStartObject();
                json.WriteString("version", BuildInformation.Version);
                json.WriteString("commit", BuildInformation.Commit);
                json.WriteString("runtime", BuildInformation.Runtime);
                json.WriteBoolean("native", BuildInformation.IsNative);
                json.WriteEndObject();
            }));
        }
        else
        {
            output.WriteLine($"kevo-replica {BuildInformation.Version} ({BuildInformation.Commit})");
            output.WriteLine(
                $"{BuildInformation.Runtime}, {(BuildInformation.IsNative ? "native" : "managed")} executable");
        }

        return Task.FromResult(ExitCode.Ok);
    }
}
