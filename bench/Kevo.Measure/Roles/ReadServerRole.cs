using System.Globalization;
using Kevo.Server.Hosting;
using Kevo.Server.Metrics;
using Kevo.Server.Reads;
using Kevo.Server.Reporting;
using Kevo.Storage.Store;
using Microsoft.Extensions.Logging.Abstractions;

namespace Kevo.Measure.Roles;

/// <summary>
/// Our read service over a filled store; says <c>port N</c> and serves until its input ends. While ingesting it then
/// says <c>entries_per_second</c>.
/// </summary>
public static class ReadServerRole
{
    /// <summary>
    /// Arguments: directory, keys, value size, <c>hot</c> (memtable) or <c>cold</c> (tables), <c>idle</c> or
    /// <c>ingesting</c> (keys are overwritten at random as fast as the store takes them, each batch synced).
    /// </summary>
    public static async Task<int> RunAsync(IReadOnlyList<string> arguments)
    {
        long keys = long.Parse(arguments[1], CultureInfo.InvariantCulture);
        int valueSize = int.Parse(arguments[2], CultureInfo.InvariantCulture);
        long memoryLimit = arguments is [.., "hot", "idle"] ? StoreFill.AllInMemory : 256L << 20;
        using BusyStore filled = BusyStore.Create(arguments[0], keys, valueSize, memoryLimit);
        if (arguments[3] == "cold")
        {
            filled.Flush();
        }

        TimeProvider time = TimeProvider.System;
        var status = new IdleStatus(time.GetUtcNow());
        using var metrics = new ReplicaMetrics("measure", time);
        var readiness = new Readiness(status, new ReadinessLimits(), time);
        var options = new ReadServerOptions
        {
            Listen = ListenAddress.Parse("127.0.0.1:0"),
            Service = new ReadServiceOptions { NodeId = "measure-reads" },
        };
        await using var server = new ReadServer(
            options, filled.Store, status, readiness, metrics, NullLoggerFactory.Instance, time);
        await server.StartAsync(CancellationToken.None);
        RoleOutput.Say("port", server.Port.ToString(CultureInfo.InvariantCulture));
        if (arguments[4] == "ingesting")
        {
            filled.Start();
        }

        await RoleInput.ReadLineAsync();
        RoleOutput.Say("entries_per_second", await filled.StopAsync());
        await server.StopAsync(CancellationToken.None);
        return 0;
    }
}
