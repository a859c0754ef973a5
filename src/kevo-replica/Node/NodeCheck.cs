using System.Net;
using Kevo.Core;
using Kevo.Platform;
using Kevo.Replica.Configuration;
using Kevo.Storage.Log;

namespace Kevo.Replica.Node;

/// <summary>
/// Everything about the settings of <c>run</c> that can be judged without taking the data directory or listening
/// anywhere: <c>config --check</c> finds what would otherwise end a start.
/// </summary>
internal static class NodeCheck
{
    /// <summary>Checks settings and the files they name.</summary>
    /// <returns>The certificates, loaded.</returns>
    /// <exception cref="ConfigurationException">Something cannot be used; the message says what and why.</exception>
    public static NodeCertificates Run(EffectiveSettings settings, IFileSystem fileSystem, TimeProvider time)
    {
        var certificates = new NodeCertificates(settings, fileSystem, time);
        ReplicationSettings.From(settings, nodeId: "check").Validate();
        _ = Telemetry.From(settings);
        long segment = settings.Get(NodeSettings.SegmentSize);
        if (segment % LogOptions.MinSegmentSize != 0)
        {
            throw new ConfigurationException(
                $"{NodeSettings.SegmentSize.Flag} {settings.Of(NodeSettings.SegmentSize).Text} is no multiple of "
                + $"{SettingParsers.FormatSize(LogOptions.MinSegmentSize)}.");
        }

        if (settings.Get(NodeSettings.Listen) is { } listen && settings.Get(NodeSettings.Advertise) is null
            && IPAddress.TryParse(listen.Host, out IPAddress? address)
            && (address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any)))
        {
            throw new ConfigurationException(
                $"{NodeSettings.Listen.Flag} {listen} means every address of this machine, which nobody can dial: say "
                + $"with {NodeSettings.Advertise.Flag} HOST:PORT where clients reach this node.");
        }

        return certificates;
    }
}
