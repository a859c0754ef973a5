using System.Globalization;
using Kevo.Server.Hosting;
using Kevo.Server.Metrics;
using Kevo.Server.Reads;
using Kevo.Server.Reporting;
using Kevo.Storage.Store;
using Microsoft.Extensions.Logging.Abstractions;

namespace Kevo.Measure.Roles;

/// <summary>Our read service over a filled store; says <c>port N</c> and serves until its input ends.</summary>
public static class ReadServerRole
{
    /// <summary>Arguments: directory, keys, value size, <c>hot</c> (memtable) or <c>cold</c> (tables).</summary>
    public static async Task<int> RunAsync(IReadOnlyList<string> arguments)
    {
        long keys = long.Parse(arguments[1], CultureInfo.InvariantCulture);
        int valueSize = int.Parse(arguments[2], CultureInfo.InvariantCulture);
        using ReplicaStore store = StoreFill.Create(arguments[0], 256L << 20, out StoreWorker worker);
        StoreFill.Put(store, keys, valueSize, static i => i);
        worker.Dispose();
        if (arguments[3] == "cold")
        {
            store.Flush();
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
            options, store, status, readiness, metrics, NullLoggerFactory.Instance, time);
        await server.StartAsync(CancellationToken.None);
        RoleOutput.Say("port", server.Port.ToString(CultureInfo.InvariantCulture));
        await Console.In.ReadLineAsync();
        await server.StopAsync(CancellationToken.None);
        return 0;
    }
}
