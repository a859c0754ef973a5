using System.Security.Cryptography.X509Certificates;
using System.Text.Json;

namespace Kevo.EndToEnd.Tests.Processes;

/// <summary>The admin endpoint of a node, asked as operators' tools ask it, if wanted over mutual TLS.</summary>
internal sealed class AdminView : IDisposable
{
    private readonly HttpClient _client;

    /// <param name="address">HOST:PORT of the endpoint.</param>
    /// <param name="authority">PEM file of the authority that its certificate must be of; null for plain HTTP.</param>
    /// <param name="certificate">PEM files of the certificate to show.</param>
    public AdminView(string address, string? authority = null, (string Certificate, string Key)? certificate = null)
    {
        var handler = new SocketsHttpHandler();
        if (authority is not null)
        {
            var policy = new X509ChainPolicy
            {
                TrustMode = X509ChainTrustMode.CustomRootTrust,
                RevocationMode = X509RevocationMode.NoCheck,
            };
            policy.CustomTrustStore.ImportFromPemFile(authority);
            handler.SslOptions.CertificateChainPolicy = policy;
            if (certificate is var (file, key))
            {
                handler.SslOptions.ClientCertificates = [X509Certificate2.CreateFromPemFile(file, key)];
            }
        }

        _client = new HttpClient(handler)
        {
            BaseAddress = new Uri($"{(authority is null ? "http" : "https")}://{address}"),
            Timeout = ReplicaRun.Patience,
        };
    }

    /// <summary>The body of an answer, whatever its code.</summary>
    public async Task<string> GetAsync(string path)
    {
        using HttpResponseMessage answer =
            await _client.GetAsync(new Uri(path, UriKind.Relative), TestContext.Current.CancellationToken);
        return await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
    }

    /// <summary>The answer as JSON.</summary>
    public async Task<JsonElement> GetJsonAsync(string path) =>
        JsonDocument.Parse(await GetAsync(path)).RootElement;

    /// <summary>Asks for readiness until it is as wanted.</summary>
    /// <returns>The verbose report.</returns>
    public async Task<JsonElement> UntilAsync(Func<JsonElement, bool> wanted)
    {
        using var limit = new CancellationTokenSource(ReplicaRun.Patience);
        using var beat = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        JsonElement report = await GetJsonAsync("/readyz?verbose");
        while (!wanted(report))
        {
            Assert.False(limit.IsCancellationRequested, $"The readiness stayed at {report}");
            await beat.WaitForNextTickAsync();
            report = await GetJsonAsync("/readyz?verbose");
        }

        return report;
    }

    /// <inheritdoc/>
    public void Dispose() => _client.Dispose();
}
