using Kevo.Core;
using Kevo.Replication.Bootstrap;

namespace Kevo.Replication.Follow;

/// <content>Whether a stock primary goes on from what is held, lost part of it, or cannot tell yet.</content>
public sealed partial class Replica
{
    /// <summary>
    /// So long after a walk that differs a restarted primary is waited for to say a number, before the rule for
    /// divergence decides.
    /// </summary>
    private static readonly TimeSpan NumberPatience = TimeSpan.FromMinutes(1);

    private readonly RotationWitness _witness = new();
    private readonly HiddenWrites _hiddenWrites = new();
    private readonly IPrimaryMark? _mark;
    private ulong _primaryHeld;
    private ulong _marked;
    private ulong _rotatedAt;
    private bool _rotationNamed;
    private bool _numbersCompared;
    private bool _saidNoNumber;
    private bool _awaitsNumber;
    private long _awaitsSince;
    private bool _levelOnStream;

    /// <summary>
    /// Whether the primary's numbers can continue those held from an earlier stream. Compared once per stream, as soon
    /// as the primary says a number at all: after a restart it says none before its first write.
    /// </summary>
    private void CompareNumbers(ulong said)
    {
        if (_numbersCompared)
        {
            return;
        }

        // A live write of this stream was made after everything held, so its number must be above; and so must
        // the first number that the primary says after it said none.
        ulong live = _batches.FirstLive;
        ulong least = _saidNoNumber ? _primaryHeld + 1 : _primaryHeld;
        if (live != 0 ? live <= _primaryHeld : said != 0 && said < least)
        {
            throw new DivergenceException(
                $"The primary is at {(live != 0 ? live : said)}, but this node holds its history up to {_primaryHeld}: "
                + "it was restored, re-created, or lost writes in a crash, and gives the same numbers to other writes. "
                + "Nothing was changed here; resynchronise, or keep this node as the better copy.");
        }

        _saidNoNumber |= said == 0;
        _numbersCompared = said != 0 || live != 0;
    }

    /// <summary>
    /// True when the primary was restarted, says no number yet, and shows something else than what is held: whether
    /// that goes on from what is held, or lost part of it, only its first write tells. Not so when an earlier walk of
    /// the same stream, so of the same process, was equal: then what differs was written since.
    /// </summary>
    private bool MustAwaitNumber(SnapshotResult result)
    {
        if (_numbersCompared || _levelOnStream || !Tells(result))
        {
            return false;
        }

        _awaitsNumber = true;
        _awaitsSince = _time.GetTimestamp();
        _repairWrites.Clear();
        SetCondition(
            PrimaryCondition.Restarted,
            "It was restarted, has written nothing since that it sent or counts, and shows something else than what is "
            + "held here. "
            + (_options.Snapshots.OnDivergence == DivergenceRule.Resync
                ? $"Its first write tells whether its history goes on; without one it is taken over in "
                    + $"{NumberPatience.TotalSeconds:0} s, and what is held here is set aside."
                : "Nothing is changed before its first write tells whether its history goes on. If it rotated its log "
                    + "before that, none ever does: restart it and write to it within ten seconds, or take it over "
                    + "with --on-divergence resync."));
        return true;
    }

    /// <summary>Whether what differs says something of the primary's history.</summary>
    private bool Tells(SnapshotResult result)
    {
        if (result.Rebuild is not null)
        {
            return true;
        }

        foreach (ContentChange change in result.Changes)
        {
            if (Tells(change))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>
    /// Not where an empty value comes or goes, and not where a write is hidden, or comes to light with a restart.
    /// </summary>
    private bool Tells(ContentChange change) =>
        change.IsSeen
        && !_hiddenWrites.IsShownAgain(in change)
        && (_numbersCompared || !_hiddenWrites.ComesToLight(in change));

    /// <summary>
    /// A primary that rotates its log before its first write says no number before it is started again. Nobody can tell
    /// such a one, or one that is idle, from one that lost history; so the rule for divergence decides.
    /// </summary>
    private void CheckAwaitedNumber()
    {
        if (AwaitsNumber && _options.Snapshots.OnDivergence == DivergenceRule.Resync
            && _time.GetElapsedTime(_awaitsSince) >= NumberPatience)
        {
            throw new DivergenceException(
                $"The primary was restarted, said no number for {NumberPatience.TotalSeconds:0} s, and shows something "
                + "else than what is held here: whether it goes on from that, or lost part of it, cannot be told.");
        }
    }

    /// <summary>
    /// Whether the primary brings back what its keys held before it rotated its log, or before what may have been that.
    /// </summary>
    private void CompareContent(SnapshotResult result)
    {
        if (_witness.IsEmpty || _levelOnStream)
        {
            return;
        }

        if (result.SequenceBefore == _rotatedAt && _rotatedAt != 0)
        {
            // After a restart its count is 0 or higher, so it was not restarted: only the stream was lost.
            if (_rotationNamed)
            {
                SetCondition(PrimaryCondition.Rotated, RotatedDetail);
            }

            return;
        }

        int returned = _witness.CountReturned(result.Changes, _hiddenWrites);
        if (returned > 0)
        {
            throw new DivergenceException(
                $"The primary went back in time: {returned} of its keys hold again what they held before its log was "
                + "rotated, which is what its restart makes of them. Nothing was changed here; resynchronise, or keep "
                + "this node as the better copy.");
        }

        _witness.Clear();
    }

    /// <summary>
    /// It sends, or counts, on the very stream on which it may have been believed to have rotated its log: it has not.
    /// </summary>
    private void ExcludeRotation()
    {
        _witness.Clear();
        _hiddenWrites.Confirm();
        _rotationNamed = false;
    }

    /// <summary>
    /// Whether a failure that no session can help is helped by replacing the content, and the operator wants that.
    /// Notes it for the next stream.
    /// </summary>
    private bool MayResync(in Failure failure)
    {
        if (failure.Kind != ErrorKind.Divergence || !_plan.Rules.LiveOnly
            || _options.Snapshots.OnDivergence != DivergenceRule.Resync)
        {
            return false;
        }

        _replaceContent = true;
        _setAside = true;
        _primaryHeld = 0;
        _witness.Clear();
        _hiddenWrites.Clear();
        return true;
    }

    /// <summary>Notes durably which number of the primary the content stands for, if that has changed.</summary>
    private void WriteMark()
    {
        if (_mark is not null && _marked != _primaryHeld && !_batches.HasUnsynced)
        {
            _mark.Write(_primaryHeld);
            _marked = _primaryHeld;
        }
    }

    /// <summary>Remembers what was noted in an earlier life.</summary>
    private void ReadMark()
    {
        if (_mark is not null && _primaryHeld == 0 && _batches.MaxApplied > 0)
        {
            _primaryHeld = _marked = _mark.Read();
        }
    }
}
