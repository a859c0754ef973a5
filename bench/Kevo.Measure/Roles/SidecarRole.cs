using System.Diagnostics;
using System.Globalization;
using Kevo.Core;
using Kevo.Platform;
using Kevo.Relay.Hosting;
using Kevo.Relay.Serving;
using Kevo.Relay.Sidecar;
using Microsoft.Extensions.Logging.Abstractions;

namespace Kevo.Measure.Roles;

/// <summary>
/// The sidecar beside a stock directory. Says <c>ready</c>, and begins when it is told a line; says <c>port</c>, and
/// <c>seconds</c>, from its beginning to the moment it has copied as much as it is told; serves until its input ends.
/// </summary>
public static class SidecarRole
{
    /// <summary>Arguments: stock directory, own directory, transactions to wait for.</summary>
    public static async Task<int> RunAsync(IReadOnlyList<string> arguments)
    {
        ulong last = ulong.Parse(arguments[2], CultureInfo.InvariantCulture);
        RoleOutput.Say("ready", "1");
        await RoleInput.ReadLineAsync();
        long started = Stopwatch.GetTimestamp();
        using StockSidecar sidecar = StockSidecar.Start(
            new SidecarOptions { StockDirectory = arguments[0], Directory = arguments[1] },
            LinuxFileSystem.Instance, TimeProvider.System, NullLogger.Instance, CancellationToken.None);
        var relay = new RelayService(
            sidecar.Log, new RelayOptions { NodeId = "measure-sidecar" }, TimeProvider.System, NullLogger.Instance);
        await using RelayHost host = await RelayHost.StartAsync(relay, new RelayHostOptions());
        RoleOutput.Say("port", host.Address.Port.ToString(CultureInfo.InvariantCulture));
        await sidecar.Log.WaitForDurableAsync(new LogPosition(1, last), CancellationToken.None);
        RoleOutput.Say("seconds", Stopwatch.GetElapsedTime(started).TotalSeconds);
        await RoleInput.ReadLineAsync();
        return 0;
    }
}
