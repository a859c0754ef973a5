using System.Runtime.CompilerServices;

namespace Kevo.Storage.Log;

/// <summary>
/// The mapped segments by id, deleted but pinned ones included. Immutable: whoever changes it under the log's gate puts
/// a new table in its place, so that addresses are resolved without a lock.
/// </summary>
internal sealed class SegmentTable
{
    private readonly Segment?[] _byId;
    private readonly uint _firstId;

    private SegmentTable(uint firstId, Segment?[] byId)
    {
        _firstId = firstId;
        _byId = byId;
    }

    internal static SegmentTable Empty { get; } = new(1, []);

    internal int LiveCount => Live().Count();

    internal long LiveBytes => Live().Sum(static segment => segment.Mapping.Length);

    internal int DeletedCount => _byId.Count(static segment => segment is { Deleted: true });

    /// <summary>The segment with that id, or null when it is not mapped.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal Segment? Find(uint id)
    {
        uint index = id - _firstId;
        return index < (uint)_byId.Length ? _byId[index] : null;
    }

    /// <summary>Those that are part of the log, oldest first.</summary>
    internal IEnumerable<Segment> Live() => _byId.Where(static segment => segment is { Deleted: false })!;

    /// <summary>The first sequence that the log's segments of an epoch begin with; null when it has none.</summary>
    internal ulong? FirstSequenceOf(ulong epoch) =>
        Live().FirstOrDefault(segment => segment.Header.Epoch == epoch)?.Header.FirstSequence;

    /// <summary>The segment of an epoch that holds a sequence, or will; null when it lies before all of them.</summary>
    internal Segment? FindHolder(ulong epoch, ulong sequence) =>
        Live().LastOrDefault(segment => segment.Header.Epoch == epoch && segment.Header.FirstSequence <= sequence);

    /// <summary>A table with one more segment, whose id follows the last.</summary>
    internal SegmentTable With(Segment added) =>
        _byId.Length == 0 ? new SegmentTable(added.Id, [added]) : new SegmentTable(_firstId, [.. _byId, added]);

    /// <summary>A table without a segment.</summary>
    internal SegmentTable Without(Segment removed)
    {
        var byId = (Segment?[])_byId.Clone();
        byId[removed.Id - _firstId] = null;
        int leading = 0;
        while (leading < byId.Length && byId[leading] is null)
        {
            leading++;
        }

        return new SegmentTable(_firstId + (uint)leading, byId[leading..]);
    }
}
