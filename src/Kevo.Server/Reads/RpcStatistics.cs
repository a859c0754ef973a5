using Grpc.Core;

namespace Kevo.Server.Reads;

/// <summary>
/// Totals per call and per outcome since start; the source of GetStats and of the call metrics. Thread-safe.
/// </summary>
internal sealed class RpcStatistics
{
    private readonly RpcTotals[] _totals = CreateTotals();
    private readonly long[] _failures = new long[(int)StatusCode.Unauthenticated + 1];
    private long _bytesSent;
    private long _rowsSent;
    private long _stalledScans;
    private long _rateRefusals;

    /// <summary>Bytes of keys and values sent in answers.</summary>
    public long BytesSent => Interlocked.Read(ref _bytesSent);

    /// <summary>Rows sent by scans.</summary>
    public long RowsSent => Interlocked.Read(ref _rowsSent);

    /// <summary>Scans ended because their client took nothing for too long.</summary>
    public long StalledScans => Interlocked.Read(ref _stalledScans);

    /// <summary>Calls refused by the request rate limit.</summary>
    public long RateRefusals => Interlocked.Read(ref _rateRefusals);

    /// <summary>The totals of one call.</summary>
    public RpcTotals this[RpcKind kind] => _totals[(int)kind];

    /// <summary>Failed calls by code; read with <see cref="Interlocked"/> semantics not needed for figures.</summary>
    public long FailuresOf(StatusCode code) => Interlocked.Read(ref _failures[(int)code]);

    /// <summary>Counts one failed call under its code.</summary>
    public void CountFailure(StatusCode code) => Interlocked.Increment(ref _failures[(int)code]);

    /// <summary>Counts the value of one answer.</summary>
    public void CountBytes(long bytes) => Interlocked.Add(ref _bytesSent, bytes);

    /// <summary>Counts what one scan sent.</summary>
    public void CountScan(ScanPump scan)
    {
        Interlocked.Add(ref _rowsSent, scan.Rows);
        Interlocked.Add(ref _bytesSent, scan.Bytes);
        if (scan.Stalled)
        {
            Interlocked.Increment(ref _stalledScans);
        }
    }

    /// <summary>Counts one call refused by the rate limit.</summary>
    public void CountRateRefusal() => Interlocked.Increment(ref _rateRefusals);

    private static RpcTotals[] CreateTotals()
    {
        RpcTotals[] totals = new RpcTotals[Enum.GetValues<RpcKind>().Length];
        for (int kind = 0; kind < totals.Length; kind++)
        {
            totals[kind] = new RpcTotals(((RpcKind)kind).ToString());
        }

        return totals;
    }
}
