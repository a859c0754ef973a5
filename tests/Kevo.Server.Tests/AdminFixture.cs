using Kevo.Platform.Tls;
using Kevo.Server.Admin;
using Kevo.Server.Hosting;
using Kevo.Server.Metrics;
using Kevo.Server.Reporting;
using Kevo.Testing;
using Microsoft.Extensions.Logging.Abstractions;

namespace Kevo.Server.Tests;

/// <summary>An admin endpoint on a real socket, with an HTTP client.</summary>
internal sealed class AdminFixture : IAsyncDisposable
{
    private static readonly DateTimeOffset StartedAt = DateTimeOffset.UtcNow.AddHours(-3);

    private AdminFixture(CertificateSource? certificates)
    {
        Metrics = new ReplicaMetrics("1.2.3", TimeProvider.System);
        Readiness = new Readiness(Status, new ReadinessLimits(), TimeProvider.System)
        {
            Certificates = () => CertificateExpiries,
        };
        Metrics.ObserveReplica(Status);
        Metrics.ObserveStore(Store);
        Metrics.ObserveReadiness(Readiness);
        NodeDescription node = new() { Id = "n1", Version = "1.2.3", StartedAt = StartedAt };
        Source = new StatusSource(node, Status, Readiness, Metrics, TimeProvider.System)
        {
            Store = Store,
            Configuration = () =>
            [
                new ConfigurationItem("primary", "primary:50052", "flag"),
                new ConfigurationItem("tls-ca", "/etc/kevo-replica/tls/authority.pem", "file"),
                new ConfigurationItem("max-batch-size", "1MiB", "default"),
                new ConfigurationItem("token", "very-secret", "environment", IsSecret: true),
            ],
            Server = () => Activity,
        };
        Server = new AdminServer(
            new AdminServerOptions { Listen = ListenAddress.Parse("127.0.0.1:0"), Certificates = certificates },
            Source,
            Metrics,
            NullLoggerFactory.Instance);
    }

    public ServerActivity Activity { get; set; } =
        new() { Address = "127.0.0.1:50053", AdvertisedAddress = "r1:50053" };

    public List<(string Endpoint, DateTimeOffset Expiry)> CertificateExpiries { get; } = [];

    public MemoryStore Store { get; } = new();

    public StatusSource Source { get; }

    public TestStatus Status { get; } = new();

    public ReplicaMetrics Metrics { get; }

    public Readiness Readiness { get; }

    public AdminServer Server { get; }

    public HttpClient Client { get; private set; } = null!;

    public static async Task<AdminFixture> StartAsync(
        CertificateSource? certificates = null, HttpMessageHandler? handler = null)
    {
        AdminFixture fixture = new(certificates);
        await fixture.Server.StartAsync(CancellationToken.None);
        fixture.Client = new HttpClient(handler ?? new SocketsHttpHandler())
        {
            BaseAddress = new Uri($"{(certificates is null ? "http" : "https")}://{fixture.Server.Address}"),
            Timeout = ServerFixture.Patience,
        };
        return fixture;
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await Server.DisposeAsync();
        Metrics.Dispose();
    }
}
