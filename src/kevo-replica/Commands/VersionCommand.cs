using System.Text.Json;
using Kevo.Replica.Configuration;

namespace Kevo.Replica.Commands;

/// <summary><c>version</c>: what this executable is.</summary>
internal sealed class VersionCommand : ReplicaCommand
{
    /// <inheritdoc/>
    public override string Name => "version";

    /// <inheritdoc/>
    public override string Summary =>
        "Print the version, the commit it was built from, and the formats it reads and writes.";

    /// <inheritdoc/>
    public override CommandSet Set => CommandSet.Version;

    /// <inheritdoc/>
    public override Task<int> RunAsync(Invocation invocation, CancellationToken stop)
    {
        TextWriter output = invocation.Output.Out;
        if (invocation.Settings.Get(RequestSettings.Json))
        {
            using var stream = new MemoryStream();
            using (var json = new Utf8JsonWriter(stream))
            {
                json.WriteStartObject();
                json.WriteString("version", BuildInformation.Version);
                json.WriteString("commit", BuildInformation.Commit);
                json.WriteString("runtime", BuildInformation.Runtime);
                json.WriteBoolean("native", BuildInformation.IsNative);
                json.WriteEndObject();
            }

            output.WriteLine(System.Text.Encoding.UTF8.GetString(stream.ToArray()));
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
