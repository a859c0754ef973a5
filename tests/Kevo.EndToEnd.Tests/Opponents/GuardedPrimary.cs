using System.Net;
using Kevo.Platform;
using Kevo.Platform.Tls;
using Kevo.Relay.Hosting;
using Kevo.Relay.Serving;
using Kevo.Relay.Writing;
using Kevo.Storage.Log;
using Kevo.Testing;
using Microsoft.Extensions.Logging.Abstractions;

namespace Kevo.EndToEnd.Tests.Opponents;

/// <summary>
/// A primary that serves over TLS and wants a client certificate of the same authority. Its server can go away and come
/// back at the same port, with another certificate.
/// </summary>
internal sealed class GuardedPrimary : IAsyncDisposable
{
    private readonly TestCertificates _certificates;
    private readonly WriteAheadLog _log;
    private readonly RelayPrimary _primary;
    private RelayHost? _host;

    private GuardedPrimary(TestCertificates certificates, WriteAheadLog log)
    {
        _certificates = certificates;
        _log = log;
        _primary = new RelayPrimary(log);
    }

    /// <summary>Where it listens, or listened last.</summary>
    public IPEndPoint Address { get; private set; } = new(IPAddress.Loopback, 0);

    /// <summary>Makes its log in a directory and serves it on a free port.</summary>
    public static async Task<GuardedPrimary> StartAsync(string directory, TestCertificates certificates)
    {
        WriteAheadLog log =
            WriteAheadLog.Open(new LogOptions { Directory = directory }, LinuxFileSystem.Instance, TimeProvider.System);
        var primary = new GuardedPrimary(certificates, log);
        primary.Put("key", new byte[100]);
        await primary.ServeAsync();
        return primary;
    }

    /// <summary>Writes one entry, durable when it returns.</summary>
    public void Put(string key, ReadOnlySpan<byte> value)
    {
        _primary.EnqueuePut(System.Text.Encoding.UTF8.GetBytes(key), value);
        _primary.Flush();
        if (!_log.NextSegmentIsPrepared)
        {
            _log.PrepareNextSegment();
        }
    }

    /// <summary>Serves, again at the same port.</summary>
    /// <param name="expired">Whether its certificate ran out an hour ago.</param>
    public async Task ServeAsync(bool expired = false)
    {
        DateTimeOffset now = TimeProvider.System.GetUtcNow();
        (string certificate, string key) =
            _certificates.Issue("primary", until: expired ? now.AddHours(-1) : now.AddDays(1));
        var files = new TlsFiles
        {
            CertificateFile = certificate,
            KeyFile = key,
            AuthorityFile = _certificates.AuthorityFile,
        };

        // Loading an expired certificate is an error; this server loaded it when it still was valid.
        TimeProvider clock = expired ? new Clock(now.AddHours(-2)) : TimeProvider.System;
        var service = new RelayService(
            _log, new RelayOptions { NodeId = "guarded" }, TimeProvider.System, NullLogger.Instance);
        _host = await RelayHost.StartAsync(
            service,
            new RelayHostOptions
            {
                Address = Address,
                Tls = new CertificateSource(files, TlsRole.Server, LinuxFileSystem.Instance, clock),
                ShutdownTimeout = TimeSpan.FromMilliseconds(1),
            },
            TestContext.Current.CancellationToken);
        Address = _host.Address;
    }

    /// <summary>Ends its server: streams break, new connections are refused.</summary>
    public async Task GoAwayAsync()
    {
        await _host!.DisposeAsync();
        _host = null;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_host is not null)
        {
            await _host.DisposeAsync();
        }

        _primary.Dispose();
        _log.Dispose();
    }

    private sealed class Clock(DateTimeOffset now) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => now;
    }
}
