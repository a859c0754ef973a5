using Kevo.Core;
using Kevo.Core.Testing;
using Kevo.Replication.Session;

namespace Kevo.Replication.Follow;

/// <content>
/// The one acknowledgement that makes listening harmless, and the care that it comes in time. A stock primary looks
/// into its log 100 ms after it opened a stream, and every 100 ms from then on, unless by then it was told that
/// everything has arrived; each look can freeze it. Headers and acknowledgement together take one round trip.
/// </content>
public sealed partial class Replica
{
    /// <summary>Above every number that a primary will ever give, and far below the end of numbers.</summary>
    private const ulong SilencingSequence = 1UL << 62;

    /// <summary>
    /// A number below this is added to it, so that the primary's list of sessions tells one from another.
    /// </summary>
    private const long SilencingMarks = 1L << 40;

    /// <summary>Round trips that have to be short, one after the other, before a stream is opened.</summary>
    private const int ShortRoundTrips = 3;

    /// <summary>Round trips measured at most. The first pays for what is new.</summary>
    private const int MostRoundTrips = 5;

    /// <summary>A primary's time between two looks into its log.</summary>
    private static readonly TimeSpan TickInterval = TimeSpan.FromMilliseconds(100);

    /// <summary>The longest round trip that leaves the acknowledgement time enough.</summary>
    private static readonly TimeSpan SafeRoundTrip = TimeSpan.FromMilliseconds(75);

    private readonly Random _random;
    private long _requestedAt;
    private ulong _silencer;

    /// <summary>
    /// True when a relay answers, which may be far. Otherwise measures the way to the stock primary by questions that
    /// touch nothing there.
    /// </summary>
    /// <exception cref="ConnectionException">The way is too long.</exception>
    private async ValueTask<bool> IsRelayOrNearAsync(CancellationToken dial)
    {
        int inTime = 0;
        TimeSpan took = TimeSpan.Zero;
        for (int i = 0; inTime < ShortRoundTrips && ShortRoundTrips - inTime <= MostRoundTrips - i; i++)
        {
            long asked = _time.GetTimestamp();
            if (await _connection!.ProbeAsync(dial))
            {
                return true;
            }

            took = _time.GetElapsedTime(asked);
            inTime = took <= SafeRoundTrip || PlantedBugs.Has(PlantedBug.WayNotMeasured) ? inTime + 1 : 0;
        }

        if (inTime == ShortRoundTrips)
        {
            return false;
        }

        throw new ConnectionException(
            $"A round trip to the primary at {_connector.Target} took {took.TotalMilliseconds:0} ms. It is a stock "
            + $"primary, which can be listened to without harm only within {SafeRoundTrip.TotalMilliseconds:0} ms: "
            + "what keeps it from freezing could come too late. Run a sidecar beside it, or a replica with "
            + "--relay-listen near it, and follow that.",
            inner: null,
            ConnectionFault.TooFar);
    }

    /// <summary>
    /// Tells a stock primary that everything it could send from its log has arrived, before it would first look. It
    /// then reads no log for this stream, ever, and sends live writes only: the one way of following that cannot freeze
    /// it. This says nothing about what is durable here, and no position moves by it.
    /// </summary>
    private async ValueTask SilenceTickerAsync(IReplicationSession session, CancellationToken dial)
    {
        _silencer = SilencingSequence + (ulong)_random.NextInt64(SilencingMarks);
        if (PlantedBugs.Has(PlantedBug.TickerNotSilenced) || PlantedBugs.Has(PlantedBug.StockAcknowledgedPerBatch))
        {
            return;
        }

        TimeSpan took = _time.GetElapsedTime(_requestedAt);
        if (took > SafeRoundTrip && !PlantedBugs.Has(PlantedBug.WayNotMeasured))
        {
            // Closing the stream ends its ticker as soon as an acknowledgement would, and cannot meet a tick.
            await session.DisposeAsync();
            throw new ConnectionException(
                $"The stock primary at {_connector.Target} took {took.TotalMilliseconds:0} ms to open a stream; after "
                + $"more than {SafeRoundTrip.TotalMilliseconds:0} ms, what keeps it from reading its log could come "
                + "too late. The stream was closed and is opened again.",
                inner: null,
                ConnectionFault.TooFar);
        }

        CallReply reply = await session.AcknowledgeAsync(_silencer, dial);
        if (!reply.Success)
        {
            await session.DisposeAsync();
            throw FailureJudge.FromRefusal("The first acknowledgement", _silencer, reply.Message);
        }

        took = _time.GetElapsedTime(_requestedAt);
        if (took > TickInterval)
        {
            Log.SilencedLate(_logger, _connector.Target, took.TotalMilliseconds);
        }
    }
}
