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
/// The sidecar beside a stock directory. Says <c>seconds</c>, from its start to the moment it has copied as much as it
/// is told, and <c>port</c>, and serves until its input ends.
/// </summary>
public static class SidecarRole
{
    /// <summary>Arguments: stock directory, own directory, transactions to wait for.</summary>
    public static async Task<int> RunAsync(IReadOnlyList<string> arguments)
    {
        ulong last = ulong.Parse(arguments[2], CultureInfo.InvariantCulture);
        long started = Stopwatch.GetTimestamp();
        using StockSidecar sidecar = StockSidecar.Start(
            new SidecarOptions { StockDirectory = arguments[0], Directory = arguments[1] },
            LinuxFileSystem.Instance, TimeProvider.System, NullLogger.Instance, CancellationToken.None);
        if (last > 0)
        {
            await sidecar.Log.WaitForDurableAsync(new LogPosition(1, last), CancellationToken.None);
        }

        RoleOutput.Say("seconds", Stopwatch.GetElapsedTime(started).TotalSeconds);
        var relay = new RelayService(
            sidecar.Log, new RelayOptions { NodeId = "measure-sidecar" }, TimeProvider.System, NullLogger.Instance);
        await using RelayHost host = await RelayHost.StartAsync(relay, new RelayHostOptions());
        RoleOutput.Say("port", host.Address.Port.ToString(CultureInfo.InvariantCulture));
        await Console.In.ReadLineAsync();
        return 0;
    }
}
