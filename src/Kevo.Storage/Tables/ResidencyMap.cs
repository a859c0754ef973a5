using System.Numerics;
using Kevo.Platform;

namespace Kevo.Storage.Tables;

/// <summary>
/// Which stretches of one mapped table were touched since its memory was last handed back. Thread-safe.
/// </summary>
internal sealed class ResidencyMap
{
    // What one fault maps, at the most.
    private static readonly int StretchShift = BitOperations.Log2((uint)FaultReach.Of(TableWriter.WriteStride));

    private readonly BlockResidency _residency;
    private readonly IMappedFile _file;
    private readonly long[] _touched;

    public ResidencyMap(BlockResidency residency, IMappedFile file)
    {
        _residency = residency;
        _file = file;
        long stretches = (file.Length >> StretchShift) + 1;
        _touched = new long[(stretches + 63) / 64];
        residency.Register(this);
    }

    /// <summary>Notes that bytes are about to be read.</summary>
    public void Touch(long offset, int length)
    {
        long last = (offset + length - 1) >> StretchShift;
        for (long stretch = offset >> StretchShift; stretch <= last; stretch++)
        {
            ref long word = ref _touched[stretch >> 6];
            long bit = 1L << (int)(stretch & 63);
            if ((Volatile.Read(ref word) & bit) == 0 && (Interlocked.Or(ref word, bit) & bit) == 0)
            {
                _residency.Add(1L << StretchShift);
            }
        }
    }

    /// <summary>Hands the memory back and returns how many bytes were noted.</summary>
    public long Release()
    {
        long bytes = TakeResident();
        if (bytes > 0)
        {
            _file.Release(0, _file.Length);
        }

        return bytes;
    }

    /// <summary>Forgets what was noted and returns how many bytes it was.</summary>
    public long TakeResident()
    {
        long stretches = 0;
        for (int i = 0; i < _touched.Length; i++)
        {
            if (Volatile.Read(ref _touched[i]) != 0)
            {
                stretches += BitOperations.PopCount((ulong)Interlocked.Exchange(ref _touched[i], 0));
            }
        }

        return stretches << StretchShift;
    }

    /// <summary>Ends the bookkeeping; the file may be unmapped afterwards.</summary>
    public void Close() => _residency.Unregister(this);
}
