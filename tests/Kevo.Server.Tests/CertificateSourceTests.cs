using System.Security.Cryptography;
using Kevo.Core;
using Kevo.Platform;
using Kevo.Platform.Tls;
using Kevo.Server.Hosting;
using Kevo.Testing;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace Kevo.Server.Tests;

/// <summary>
/// Certificates from files: every unusable file is an error that names it, every renewal is taken up.
/// </summary>
public sealed class CertificateSourceTests : IDisposable
{
    private readonly TestCertificates _certificates = new();

    public void Dispose() => _certificates.Dispose();

    [Fact]
    public void Good_files_are_loaded()
    {
        CertificateSource source = Open(_certificates.Issue("node"));
        Assert.Equal("CN=node", source.Current.Subject);
        Assert.NotNull(source.Current.NotAfter);
        Assert.False(source.Refresh());
    }

    [Fact]
    public void A_missing_file_is_named()
    {
        (string certificate, string key) = _certificates.Issue("node");
        AssertRefused(() => Open((certificate, key + "x")), key + "x");
        AssertRefused(() => Open((certificate + "x", key)), certificate + "x");
        AssertRefused(
            () => Open((certificate, key), authority: _certificates.PathOf("none")), _certificates.PathOf("none"));
    }

    [Fact]
    public void A_file_that_is_not_pem_is_named()
    {
        (string certificate, string key) = _certificates.Issue("node");
        string text = _certificates.PathOf("text");
        File.WriteAllText(text, "hello");
        AssertRefused(() => Open((text, key)), text);
        AssertRefused(() => Open((certificate, text)), text);
        AssertRefused(() => Open((certificate, key), authority: text), text);
        AssertRefused(() => Open((key, key)), key);
        AssertRefused(() => Open((certificate, certificate)), certificate);
    }

    [Fact]
    public void A_damaged_certificate_is_named()
    {
        (string certificate, string key) = _certificates.Issue("node");
        string pem = File.ReadAllText(certificate);
        File.WriteAllText(certificate, pem.Replace(pem.Substring(60, 8), "AAAAAAAA", StringComparison.Ordinal));
        AssertRefused(() => Open((certificate, key)), certificate);
    }

    [Fact]
    public void A_key_of_another_certificate_is_named_with_both_files()
    {
        (string certificate, string _) = _certificates.Issue("node");
        (string _, string key) = _certificates.Issue("other");
        AssertRefused(() => Open((certificate, key)), certificate, key);
    }

    [Fact]
    public void An_encrypted_key_is_named()
    {
        (string certificate, string key) = _certificates.Issue("node");
        using ECDsa secret = ECDsa.Create();
        secret.ImportFromPem(File.ReadAllText(key));
        File.WriteAllText(key, secret.ExportEncryptedPkcs8PrivateKeyPem(
            "password", new PbeParameters(PbeEncryptionAlgorithm.Aes256Cbc, HashAlgorithmName.SHA256, 1000)));
        AssertRefused(() => Open((certificate, key)), key, "encrypted");
    }

    [Fact]
    public void Expired_and_future_certificates_are_named()
    {
        DateTimeOffset now = DateTimeOffset.UtcNow;
        (string certificate, string key) expired = _certificates.Issue("expired", until: now.AddDays(-1));
        AssertRefused(() => Open(expired), expired.certificate, "expired");
        (string certificate, string key) future = _certificates.Issue("future", from: now.AddDays(1));
        AssertRefused(() => Open(future), future.certificate, "not valid before");
    }

    [Fact]
    public void A_client_certificate_cannot_serve_and_a_server_certificate_cannot_call()
    {
        (string certificate, string key) client = _certificates.Issue("client", "client");
        (string certificate, string key) server = _certificates.Issue("server");
        AssertRefused(() => Open(client), client.certificate, "servers");
        AssertRefused(() => Open(server, TlsRole.Client), server.certificate, "clients");
    }

    [Fact]
    public void Settings_that_contradict_each_other_are_refused()
    {
        (string certificate, string key) = _certificates.Issue("node");
        AssertRefused(() => Open((null, null)), "neither is set");
        AssertRefused(() => Open((certificate, null)), certificate);
        AssertRefused(() => Open((null, key)), key);
        AssertRefused(
            () => new CertificateSource(
                new TlsFiles { CertificateFile = certificate, KeyFile = key, PinnedSubjects = ["a"] },
                TlsRole.Server,
                LinuxFileSystem.Instance,
                TimeProvider.System),
            "Pinned");
    }

    [Fact]
    public void Changed_files_are_taken_up_and_unusable_ones_change_nothing()
    {
        (string certificate, string key) = _certificates.Issue("node");
        CertificateSource source = Open((certificate, key));
        TlsMaterial first = source.Current;
        _certificates.Issue("node");
        Assert.True(source.Refresh());
        Assert.NotSame(first, source.Current);
        TlsMaterial second = source.Current;
        File.WriteAllText(key, "broken");
        Assert.Throws<ConfigurationException>(() => source.Refresh());
        Assert.Same(second, source.Current);
        _certificates.Issue("node");
        Assert.True(source.Refresh());
    }

    [Fact]
    public void A_watcher_goes_on_after_a_failure_and_says_when_certificates_run_out()
    {
        (string certificate, string key) = _certificates.Issue("node");
        using CertificateWatcher watcher = new(
            [("listen", Open((certificate, key)))],
            TimeSpan.FromHours(1),
            NullLoggerFactory.Instance.CreateLogger<CertificateWatcher>(),
            TimeProvider.System);
        File.WriteAllText(certificate, "broken");
        Assert.Equal(0, watcher.Look());
        _certificates.Issue("node", until: DateTimeOffset.UtcNow.AddDays(5));
        Assert.Equal(1, watcher.Look());
        (string endpoint, DateTimeOffset expiry) = Assert.Single(watcher.Expiries());
        Assert.Equal("listen", endpoint);
        Assert.Equal(DateTimeOffset.UtcNow.AddDays(5), expiry, TimeSpan.FromMinutes(1));
    }

    [Fact]
    public void A_watcher_tells_once_that_a_certificate_in_use_has_run_out()
    {
        var time = new FakeTimeProvider(DateTimeOffset.UtcNow);
        (string certificate, string key) = _certificates.Issue("node", until: time.GetUtcNow().AddDays(1));
        var log = new FakeLogger<CertificateWatcher>();
        using CertificateWatcher watcher = new(
            [("listen", Open((certificate, key)))], TimeSpan.FromHours(1), log, time);
        watcher.Look();
        Assert.Empty(log.Lines);
        time.Advance(TimeSpan.FromDays(2));
        watcher.Look();
        string line = Assert.Single(log.Lines);
        Assert.Contains("The certificate of listen expired on ", line, StringComparison.Ordinal);
        Assert.Contains("certificate-expired", line, StringComparison.Ordinal);
    }

    private static CertificateSource Open(
        (string? Certificate, string? Key) files, TlsRole role = TlsRole.Server, string? authority = null) =>
        new(
            new TlsFiles { CertificateFile = files.Certificate, KeyFile = files.Key, AuthorityFile = authority },
            role,
            LinuxFileSystem.Instance,
            TimeProvider.System);

    private static void AssertRefused(Func<CertificateSource> open, params string[] named)
    {
        ConfigurationException refused = Assert.Throws<ConfigurationException>(() => open());
        Assert.All(named, name => Assert.Contains(name, refused.Message, StringComparison.Ordinal));
    }
}
