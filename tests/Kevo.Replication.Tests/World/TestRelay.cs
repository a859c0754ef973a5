using System.Net;
using System.Text;
using Kevo.Core;
using Kevo.Platform;
using Kevo.Platform.Tls;
using Kevo.Relay.Hosting;
using Kevo.Relay.Serving;
using Kevo.Relay.Writing;
using Kevo.Storage.Log;
using Kevo.Testing;

namespace Kevo.Replication.Tests.World;

/// <summary>A real relay over a real log, on a real port.</summary>
internal sealed class TestRelay : IAsyncDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly WriteAheadLog _log;
    private readonly CertificateSource? _tls;
    private RelayHost? _host;

    private TestRelay(CertificateSource? tls)
    {
        _tls = tls;
        _log = WriteAheadLog.Open(
            new LogOptions { Directory = _directory.Combine("log"), SegmentSize = 1 << 20 }, LinuxFileSystem.Instance);
        Primary = new RelayPrimary(_log);
    }

    public RelayPrimary Primary { get; }

    public IPEndPoint Address { get; private set; } = new(IPAddress.Loopback, 0);

    public static async Task<TestRelay> StartAsync(CertificateSource? tls = null)
    {
        TestRelay relay = new(tls);
        await relay.ListenAsync();
        return relay;
    }

    /// <summary>Opens the port, the same as before if there was one.</summary>
    public async Task ListenAsync()
    {
        RelayService service = new(_log, new RelayOptions { NodeId = "relay-1" }, TimeProvider.System,
            Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance);
        _host = await RelayHost.StartAsync(service, new RelayHostOptions { Address = Address, Tls = _tls });
        Address = _host.Address;
    }

    /// <summary>Closes the port and every stream.</summary>
    public async Task CloseAsync()
    {
        if (_host is not null)
        {
            await _host.DisposeAsync();
            _host = null;
        }
    }

    public void Fill(int count, string value = "value")
    {
        for (int i = 0; i < count; i++)
        {
            Primary.EnqueuePut(Encoding.UTF8.GetBytes($"key-{i:d6}"), Encoding.UTF8.GetBytes($"{value}-{i}"));
        }

        Primary.Flush();
    }

    /// <summary>Every entry of the log, in order.</summary>
    public List<(LogPosition Position, byte[] Payload)> ReadAll()
    {
        List<(LogPosition, byte[])> entries = [];
        using LogCursor cursor = _log.OpenCursor(_log.First);
        while (cursor.MoveNext())
        {
            while (cursor.TryReadEntry(out WalEntry entry))
            {
                entries.Add((new LogPosition(cursor.FirstPosition.Epoch, entry.Sequence), entry.Payload.ToArray()));
            }
        }

        return entries;
    }

    public async ValueTask DisposeAsync()
    {
        await CloseAsync();
        Primary.Dispose();
        _log.Dispose();
        _directory.Dispose();
    }
}
