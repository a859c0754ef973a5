using Kevo.Core;
using Kevo.Storage.Tables;

namespace Kevo.Storage.Kevo;

/// <content>The proof: what stock would serve is compared with the content, key by key, in both ways of
/// reading.</content>
public sealed partial class Promotion
{
    private void Verify()
    {
        StockDirectory staged = StockDirectory.Open(_fileSystem, _staging, StockPathPolicy.UseDirectory);
        using StockView view = StockView.Open(_fileSystem, staged, _cancellation);
        string? refusal = view.StartFailure ?? view.WalLoss;
        if (refusal is not null)
        {
            throw Unproven($"stock Kevo would not serve it: {refusal}");
        }

        if (view.TableCount != TableCount)
        {
            throw Unproven($"stock Kevo would open {view.TableCount} tables instead of {TableCount}");
        }

        // Keys that are shadowed or deleted are counted too, so the work may end early; a tail's are not known.
        long most = _request.Tail is null ? _sources.Sum(static table => table.EntryCount) : 0;
        using MergingCursor content = OpenContent();
        using IEntryCursor scan = view.Scan();
        for (bool more = content.Seek(default); more; more = content.MoveNext())
        {
            if (content.IsTombstone)
            {
                continue;
            }

            _cancellation.ThrowIfCancellationRequested();
            if (!scan.MoveNext() || !scan.Key.SequenceEqual(content.Key) || !scan.Value.SequenceEqual(content.Value))
            {
                throw Unproven($"a scan by stock Kevo would differ at key {Shown(content.Key)}");
            }

            if (!view.TryGet(content.Key, out ReadOnlySpan<byte> value) || !value.SequenceEqual(content.Value))
            {
                throw Unproven($"a get by stock Kevo would not find key {Shown(content.Key)}");
            }

            _verified++;
            _request.Progress?.Report(new WorkProgress("verifying keys", _verified, most));
            _overLimit += content.Key.Length > ClientKeyLengthMax ? 1 : 0;
        }

        if (scan.MoveNext())
        {
            throw Unproven($"a scan by stock Kevo would also return key {Shown(scan.Key)}");
        }
    }

    /// <summary>
    /// The content by our own rules, from the files it was taken from; sources of the request stay open.
    /// </summary>
    private MergingCursor OpenContent()
    {
        var newestFirst = new List<IOrderedCursor>();
        if (_request.Tail is not null)
        {
            newestFirst.Add(new BorrowedCursor(_request.Tail));
        }

        for (int i = _sources.Count - 1; i >= 0; i--)
        {
            newestFirst.Add(_sources[i].OpenCursor(releaseBehind: true));
        }

        return new MergingCursor([.. newestFirst]);
    }

    private StorageException Unproven(string reason) =>
        new(
            StorageFault.Corrupt,
            $"The directory made in {_staging} is not safe to hand over: {reason}. It was not given its name; the "
            + "replica's own directory is unchanged. Keep both and report this.",
            _staging);

    private static string Shown(ReadOnlySpan<byte> key) =>
        Convert.ToHexStringLower(key[..Math.Min(key.Length, 64)]) + (key.Length > 64 ? "..." : "") + " (hex)";

    /// <summary>Lets a merge use a cursor without owning it.</summary>
    private sealed class BorrowedCursor(IOrderedCursor cursor) : IOrderedCursor
    {
        public ReadOnlySpan<byte> Key => cursor.Key;

        public ReadOnlySpan<byte> Value => cursor.Value;

        public ulong Sequence => cursor.Sequence;

        public bool IsTombstone => cursor.IsTombstone;

        public bool MoveNext() => cursor.MoveNext();

        public bool Seek(ReadOnlySpan<byte> key) => cursor.Seek(key);

        public void Dispose()
        {
        }
    }
}
