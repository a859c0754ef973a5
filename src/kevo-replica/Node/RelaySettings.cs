using Kevo.Core;
using Kevo.Platform;
using Kevo.Relay.Serving;
using Kevo.Replica.Configuration;

namespace Kevo.Replica.Node;

/// <summary>Translates the settings of the table into those of the relay room.</summary>
internal static class RelaySettings
{
    /// <summary>How the log is served.</summary>
    public static RelayOptions Options(EffectiveSettings settings, string nodeId) => new()
    {
        NodeId = nodeId,
        KnownReplicaAge = settings.Get(NodeSettings.KnownReplicaAge),
    };

    /// <summary>How much of it is kept.</summary>
    /// <param name="settings">The settings in effect.</param>
    /// <param name="directory">The data directory.</param>
    /// <param name="deletes">Whether the relay deletes by itself, or a store does.</param>
    /// <exception cref="ConfigurationException">The limits contradict each other.</exception>
    public static RelayRetentionOptions Retention(EffectiveSettings settings, string directory, bool deletes)
    {
        long keep = settings.Get(NodeSettings.LogRetention);
        long most = settings.Get(NodeSettings.LogRetentionMax);
        if (most > 0 && most < keep)
        {
            throw new ConfigurationException(
                $"{NodeSettings.LogRetentionMax.Flag} ({most} bytes) is below {NodeSettings.LogRetention.Flag} "
                + $"({keep} bytes), which is kept in any case; raise the one or lower the other.");
        }

        return new RelayRetentionOptions
        {
            KeepBytes = keep,
            MaxBytes = most > 0 ? most : null,
            Deletes = deletes,
            File = new KnownReplicaFile(LinuxFileSystem.Instance, directory),
        };
    }
}
