using Kevo.Core;
using Kevo.Platform;
using Kevo.Relay.Hosting;
using Kevo.Relay.Serving;
using Kevo.Replica.Configuration;
using Kevo.Server.Reporting;

namespace Kevo.Replica.Node;

/// <summary>Translates the settings of the table into those of the relay room.</summary>
internal static class RelaySettings
{
    // Not the one of run: beside a stock primary both commands may work on one machine.
    private static readonly HostPort DefaultAdmin = new("127.0.0.1", 9465);

    /// <summary>Where the admin endpoint of the command relay listens; null for nowhere.</summary>
    public static HostPort? AdminAddress(EffectiveSettings settings) =>
        settings.IsSet(NodeSettings.Admin) ? settings.Get(NodeSettings.Admin) : DefaultAdmin;

    /// <summary>How the log is served.</summary>
    public static RelayOptions Options(EffectiveSettings settings, string nodeId) => new()
    {
        NodeId = nodeId,
        KnownReplicaAge = settings.Get(NodeSettings.KnownReplicaAge),
        MaxSessions = (int)settings.Get(ServerSettings.RelayMaxStreams),
    };

    /// <summary>What a relay does, as status and metrics show it.</summary>
    public static RelayActivity Describe(RelayHost host)
    {
        RelayStatus status = host.Relay.GetStatus();
        return new RelayActivity
        {
            Address = host.Address.ToString(),
            First = status.First,
            Last = status.Last,
            KnownReplicas = status.Replicas.Count,
            Opened = status.SessionsOpened,
            Refused = status.SessionsRefused,
            RateRefusals = host.RateRefusals,
            Streams =
            [
                .. status.Sessions.Select(session => new RelayStream
                {
                    Node = session.NodeId ?? "",
                    Peer = session.Peer,
                    Connected = session.Connected,
                    Heard = session.LastHeard,
                    Sent = session.Sent,
                    Acknowledged = session.Acknowledged,
                    Bytes = session.Bytes,
                }),
            ],
        };
    }

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
