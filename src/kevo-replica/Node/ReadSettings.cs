using Kevo.Replica.Configuration;
using Kevo.Server.Consistency;
using Kevo.Server.Hosting;
using Kevo.Server.Reads;

namespace Kevo.Replica.Node;

/// <summary>Translates the settings of the table into those of the read service.</summary>
internal static class ReadSettings
{
    /// <summary>How reads are served; null when they are not.</summary>
    public static ReadServerOptions? From(EffectiveSettings settings, string nodeId, NodeCertificates certificates) =>
        settings.Get(NodeSettings.Listen) is not { } address
            ? null
            : new ReadServerOptions
            {
                Listen = Server.Hosting.ListenAddress.Parse(address.ToString()),
                Certificates = certificates.Listen,
                ForwardWrites = settings.Get(ServerSettings.ForwardWrites),
                PrimaryCertificates = certificates.Primary,
                PrimaryServerName = settings.Get(ConnectionSettings.TlsServerName) is { Length: > 0 } name
                    ? name : null,
                MaxConnections = (int)settings.Get(ServerSettings.MaxConnections),
                MaxStreamsPerConnection = (int)settings.Get(ServerSettings.MaxStreams),
                MaxMessageLength = (int)settings.Get(ServerSettings.MaxMessageSize),
                StopLimit = TimeSpan.FromMilliseconds(500),
                Service = new ReadServiceOptions
                {
                    NodeId = nodeId,
                    AdvertisedAddress = settings.Get(NodeSettings.Advertise)?.ToString() ?? "",
                    PrimaryClientAddress = ConnectionSettings.PrimaryClientOf(settings).ToString(),
                    AnnouncedPrimaryAddress = settings.Get(ServerSettings.AnnouncePrimary)?.ToString() ?? "",
                    MaxRequestsPerSecond = (int)settings.Get(ServerSettings.MaxRequestRate),
                    Consistency = new ConsistencyLimits { MaxStaleness = settings.Get(ServerSettings.MaxStaleness) },
                },
            };
}
