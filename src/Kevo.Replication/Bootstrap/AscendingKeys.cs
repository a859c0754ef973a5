namespace Kevo.Replication.Bootstrap;

/// <summary>
/// Sees to it that the keys of a walk ascend, without which nothing it shows can be trusted. Keeps a copy of the last
/// key in memory that is used again. One thread at a time.
/// </summary>
internal sealed class AscendingKeys
{
    private byte[] _last = [];
    private int _length;

    /// <summary>Takes in the next key; false when it is empty or not behind the one before.</summary>
    public bool TryMove(ReadOnlySpan<byte> key)
    {
        if (key.SequenceCompareTo(_last.AsSpan(0, _length)) <= 0)
        {
            return false;
        }

        if (_last.Length < key.Length)
        {
            _last = new byte[Math.Max(key.Length, 2 * _last.Length)];
        }

        key.CopyTo(_last);
        _length = key.Length;
        return true;
    }
}
