namespace Kevo.Replica.Configuration;

/// <summary>The commands whose flags a setting appears among.</summary>
[Flags]
internal enum CommandSet
{
    /// <summary>No command.</summary>
    None = 0,

    /// <summary><c>run</c>, and <c>config</c>, which shows what <c>run</c> would use.</summary>
    Run = 1 << 0,

    /// <summary><c>demo</c>.</summary>
    Demo = 1 << 1,

    /// <summary><c>relay</c>.</summary>
    Relay = 1 << 2,

    /// <summary><c>config</c> alone.</summary>
    Config = 1 << 3,

    /// <summary><c>wal stat</c>.</summary>
    WalStat = 1 << 4,

    /// <summary><c>wal verify</c>.</summary>
    WalVerify = 1 << 5,

    /// <summary><c>wal dump</c>.</summary>
    WalDump = 1 << 6,

    /// <summary><c>version</c>.</summary>
    Version = 1 << 7,

    /// <summary><c>status</c>.</summary>
    Status = 1 << 8,

    /// <summary><c>health</c>.</summary>
    Health = 1 << 9,

    /// <summary><c>get</c>.</summary>
    Get = 1 << 10,

    /// <summary><c>scan</c>.</summary>
    Scan = 1 << 11,

    /// <summary><c>promote</c>.</summary>
    Promote = 1 << 12,

    /// <summary><c>import</c>.</summary>
    Import = 1 << 13,

    /// <summary><c>completion</c>.</summary>
    Completion = 1 << 14,

    /// <summary><c>man</c>.</summary>
    Man = 1 << 15,

    /// <summary>The commands that ask a running replica.</summary>
    Probes = Status | Health,

    /// <summary>The commands that read keys.</summary>
    Reads = Get | Scan,

    /// <summary>The commands that connect to a server as a client.</summary>
    Clients = Probes | Reads,

    /// <summary>The three <c>wal</c> commands.</summary>
    Wal = WalStat | WalVerify | WalDump,

    /// <summary>Every command that keeps running and writes a log.</summary>
    Daemons = Run | Relay,

    /// <summary>Every command.</summary>
    All = ~0,
}
