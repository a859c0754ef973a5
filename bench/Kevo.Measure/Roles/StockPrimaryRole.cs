using System.Diagnostics;
using System.Globalization;
using Kevo.Relay.Stock;
using Kevo.Relay.StockServer;

namespace Kevo.Measure.Roles;

/// <summary>
/// The simulated stock primary with a given history. Says <c>port</c> and <c>client_port</c>, and serves until its
/// input ends. It never freezes and never rotates; each read of its log takes as long as the real one was measured to
/// take.
/// </summary>
public static class StockPrimaryRole
{
    /// <summary>
    /// What the real primary needed to read and parse its log directory: 17 ms at 20,000 entries of 100 bytes, 58 ms at
    /// 100,000.
    /// </summary>
    private const double MicrosecondsPerEntry = 0.7;

    /// <summary>Arguments: entries, value size.</summary>
    public static async Task<int> RunAsync(IReadOnlyList<string> arguments)
    {
        int entries = int.Parse(arguments[0], CultureInfo.InvariantCulture);
        var options = new StockPrimaryOptions { MemtableSize = long.MaxValue, MaxMemtableAge = TimeSpan.Zero };
        var model = new StockPrimaryModel(options, TimeProvider.System);
        byte[] key = new byte[16];
        byte[] value = new byte[int.Parse(arguments[1], CultureInfo.InvariantCulture)];
        new Random(20261124).NextBytes(value);
        for (int i = 0; i < entries; i++)
        {
            StoreFill.WriteKey(key, i);
            model.Put([.. key], value);
        }

        model.ReadsLog += Spend;
        await using StockPrimaryHost host = await StockPrimaryHost.StartAsync(
            model, new StockPrimaryHostOptions(), TimeProvider.System);
        RoleOutput.Say("port", host.ReplicationAddress.Port.ToString(CultureInfo.InvariantCulture));
        RoleOutput.Say("client_port", host.ClientAddress.Port.ToString(CultureInfo.InvariantCulture));
        await RoleInput.ReadLineAsync();
        return 0;
    }

    // Under the model's lock, as the real primary reads under its log's: nothing else goes on meanwhile.
    private static void Spend(int entries)
    {
        long until = Stopwatch.GetTimestamp() + (long)(entries * MicrosecondsPerEntry * Stopwatch.Frequency / 1e6);
        while (Stopwatch.GetTimestamp() < until)
        {
            Thread.SpinWait(20);
        }
    }
}
