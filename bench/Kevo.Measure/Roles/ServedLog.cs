using System.Globalization;
using Kevo.Core;
using Kevo.Platform;
using Kevo.Relay.Hosting;
using Kevo.Relay.Serving;
using Kevo.Relay.Writing;
using Kevo.Storage.Log;
using Microsoft.Extensions.Logging.Abstractions;

namespace Kevo.Measure.Roles;

/// <summary>A log in a fresh directory with an embedded primary that writes it, and a relay that serves it.</summary>
public sealed class ServedLog : IAsyncDisposable
{
    private RelayHost? _host;

    /// <summary>Makes the log; it is not served yet.</summary>
    public ServedLog(string directory)
    {
        Log = WriteAheadLog.Open(
            new LogOptions { Directory = directory }, LinuxFileSystem.Instance, TimeProvider.System);
        Log.BeginEpoch(new LogPosition(1, 0));
        Primary = new RelayPrimary(Log);
    }

    /// <summary>The log.</summary>
    public WriteAheadLog Log { get; }

    /// <summary>Its only writer.</summary>
    public RelayPrimary Primary { get; }

    /// <summary>Serves the log on a free port of the loopback interface and says <c>port N</c>.</summary>
    public async Task ServeAsync()
    {
        var relay = new RelayService(
            Log, new RelayOptions { NodeId = "measure-relay" }, TimeProvider.System, NullLogger.Instance);
        _host = await RelayHost.StartAsync(relay, new RelayHostOptions());
        RoleOutput.Say("port", _host.Address.Port.ToString(CultureInfo.InvariantCulture));
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_host is not null)
        {
            await _host.DisposeAsync();
        }

        Primary.Dispose();
        Log.Dispose();
    }
}
