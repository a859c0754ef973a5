namespace Kevo.Server.Reporting;

/// <summary>What the read server has done since start and is doing now.</summary>
public sealed record ServerActivity
{
    /// <summary>host:port it listens on.</summary>
    public string Address { get; init; } = "";

    /// <summary>host:port clients are told.</summary>
    public string AdvertisedAddress { get; init; } = "";

    /// <summary>Calls ended.</summary>
    public long Calls { get; init; }

    /// <summary>Calls ended with an error.</summary>
    public long FailedCalls { get; init; }

    /// <summary>Calls under way.</summary>
    public long ActiveCalls { get; init; }

    /// <summary>Transactions open.</summary>
    public int OpenTransactions { get; init; }

    /// <summary>Reads waiting for a position.</summary>
    public int WaitingReads { get; init; }

    /// <summary>Reads refused because the replica was too far behind.</summary>
    public long StaleRefusals { get; init; }

    /// <summary>Rows sent by scans.</summary>
    public long RowsSent { get; init; }

    /// <summary>Bytes of keys and values sent.</summary>
    public long BytesSent { get; init; }
}
