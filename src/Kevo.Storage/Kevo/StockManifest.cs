using Kevo.Core;
using Kevo.Platform;

namespace Kevo.Storage.Kevo;

/// <summary>
/// The settings file of a stock data directory. Defaults are stock's; units are those of the file. Reading demands what
/// stock demands, so what is accepted here is what stock would start with.
/// </summary>
public sealed partial record StockManifest
{
    /// <summary>The file's name in a data directory.</summary>
    public const string FileName = "MANIFEST";

    private const int FileLengthMax = 1 << 20;

    /// <summary>Format version; at least 1.</summary>
    public long Version { get; init; } = 1;

    /// <summary>
    /// Where the WAL files are; the only place stock looks. Absolute, or relative to the server's directory.
    /// </summary>
    public required string WalDirectory { get; init; }

    /// <summary>0 never syncs, 1 syncs after <see cref="WalSyncBytes"/>, 2 syncs every write or batch.</summary>
    public long WalSyncMode { get; init; } = 2;

    /// <summary>Bytes between syncs in mode 1.</summary>
    public long WalSyncBytes { get; init; } = 1_048_576;

    /// <summary>The newest WAL file is appended to after a start while it is smaller; 0 means 64 MiB.</summary>
    public long WalMaxSize { get; init; }

    /// <summary>Bytes at which a memtable is flushed, and the size of each memtable in recovery.</summary>
    public long MemtableSize { get; init; } = 33_554_432;

    /// <summary>How many memtables recovery may fill, and how many level-0 tables trigger compaction.</summary>
    public long MaxMemtables { get; init; } = 4;

    /// <summary>Seconds after which a memtable is flushed; 0 never.</summary>
    public long MaxMemtableAge { get; init; } = 600;

    /// <summary>Not used by stock.</summary>
    public long MemtablePoolCap { get; init; } = 4;

    /// <summary>Where the tables are; the only place stock looks.</summary>
    public required string TableDirectory { get; init; }

    /// <summary>Not used by stock.</summary>
    public long TableBlockSize { get; init; } = 16_384;

    /// <summary>Not used by stock.</summary>
    public long TableIndexSize { get; init; } = 65_536;

    /// <summary>Entries (not bytes) after which compaction begins another file.</summary>
    public long TableMaxSize { get; init; } = 67_108_864;

    /// <summary>Not used by stock.</summary>
    public long TableRestartSize { get; init; } = 16;

    /// <summary>Not used by stock.</summary>
    public long CompactionLevels { get; init; } = 7;

    /// <summary>Ratio of level sizes that triggers compaction; over 1.</summary>
    public double CompactionRatio { get; init; } = 10;

    /// <summary>Not used by stock.</summary>
    public long CompactionThreads { get; init; } = 2;

    /// <summary>Seconds between compaction cycles.</summary>
    public long CompactionInterval { get; init; } = 30;

    /// <summary>Not used by stock.</summary>
    public long MaxLevelWithTombstones { get; init; } = 1;

    /// <summary>Not used by stock, but validated.</summary>
    public long ReadOnlyTransactionSeconds { get; init; } = 180;

    /// <summary>Not used by stock, but validated.</summary>
    public long ReadWriteTransactionSeconds { get; init; } = 60;

    /// <summary>Not used by stock, but validated.</summary>
    public long IdleTransactionSeconds { get; init; } = 30;

    /// <summary>Not used by stock, but validated.</summary>
    public long TransactionCleanupSeconds { get; init; } = 30;

    /// <summary>Not used by stock, but validated.</summary>
    public long TransactionWarningPercent { get; init; } = 75;

    /// <summary>Not used by stock, but validated.</summary>
    public long TransactionCriticalPercent { get; init; } = 90;

    /// <summary>Reads and validates a manifest file.</summary>
    /// <exception cref="StorageException">
    /// <see cref="StorageFault.Corrupt"/>: stock would not start with it either; the message says why.
    /// </exception>
    public static StockManifest Read(IFileSystem fileSystem, string path)
    {
        ArgumentNullException.ThrowIfNull(fileSystem);
        return Parse(fileSystem.ReadAllBytes("STOCK:MANIFEST", path, FileLengthMax), path);
    }

    /// <summary>Validates as stock does when it loads the file; null when it would start.</summary>
    public string? FindFault()
    {
        if (WalDirectory.Length == 0 || TableDirectory.Length == 0)
        {
            return "wal_dir or sst_dir is missing or empty";
        }

        (string Name, bool Right)[] rules =
        [
            ("version must be over 0", Version > 0),
            ("memtable_size must be over 0", MemtableSize > 0),
            ("max_memtables must be over 0", MaxMemtables > 0),
            ("sstable_block_size must be over 0", TableBlockSize > 0),
            ("sstable_index_size must be over 0", TableIndexSize > 0),
            ("compaction_levels must be over 0", CompactionLevels > 0),
            ("compaction_ratio must be over 1", CompactionRatio > 1.0),
            ("read_only_tx_ttl must be over 0", ReadOnlyTransactionSeconds > 0),
            ("read_write_tx_ttl must be over 0", ReadWriteTransactionSeconds > 0),
            ("idle_tx_timeout must be over 0", IdleTransactionSeconds > 0),
            ("tx_cleanup_interval must be over 0", TransactionCleanupSeconds > 0),
            ("tx_warning_threshold must be 1 to 99", TransactionWarningPercent is > 0 and < 100),
            ("tx_critical_threshold must be over the warning threshold and under 100",
                TransactionCriticalPercent > TransactionWarningPercent && TransactionCriticalPercent < 100),
        ];
        foreach ((string name, bool right) in rules)
        {
            if (!right)
            {
                return name;
            }
        }

        return null;
    }
}
