using System.Diagnostics;
using System.Globalization;
using Kevo.Platform;
using Kevo.Storage;
using Kevo.Storage.Store;

namespace Kevo.Measure.Roles;

/// <summary>
/// Opens a store that <see cref="GrowRole"/> filled, looks keys up at random and walks them all. Says
/// <c>open_seconds</c> (until the first key was read), <c>gets_per_second</c>, <c>scan_bytes_per_second</c> and
/// <c>peak_bytes</c>. Fails when a key is missing.
/// </summary>
public static class ReopenRole
{
    private const int Gets = 1_000_000;

    /// <summary>Arguments: directory, keys, value size, memory limit in bytes.</summary>
    public static Task<int> RunAsync(IReadOnlyList<string> arguments)
    {
        long keys = long.Parse(arguments[1], CultureInfo.InvariantCulture);
        int valueSize = int.Parse(arguments[2], CultureInfo.InvariantCulture);
        long memoryLimit = long.Parse(arguments[3], CultureInfo.InvariantCulture);
        var options = new StoreOptions { Directory = arguments[0], MemoryLimit = memoryLimit };
        long started = Stopwatch.GetTimestamp();
        using ReplicaStore store = ReplicaStore.Open(options, LinuxFileSystem.Instance);
        StoreLoad.Get(store, keys, 1, valueSize);
        RoleOutput.Say("open_seconds", Stopwatch.GetElapsedTime(started).TotalSeconds);
        RoleOutput.Say("gets_per_second", StoreLoad.Get(store, keys, Gets, valueSize));
        RoleOutput.Say("scan_bytes_per_second", StoreLoad.Scan(store, keys));
        RoleOutput.Say("peak_bytes", ProcessMemory.PeakResident());
        return Task.FromResult(0);
    }
}
