using System.Security.Cryptography;
using Kevo.Core;

namespace Kevo.Storage.Log;

/// <summary>Settings of a <see cref="WriteAheadLog"/>.</summary>
public sealed record LogOptions
{
    /// <summary>The least segment size, 4 KiB: a header, an end mark and a little room.</summary>
    public const int MinSegmentSize = 4 << 10;

    /// <summary>The greatest segment size, 1 GiB.</summary>
    public const int MaxSegmentSize = 1 << 30;

    /// <summary>The segment size used unless told otherwise, 64 MiB.</summary>
    public const int DefaultSegmentSize = 64 << 20;

    /// <summary>
    /// The greatest frame, 1 GiB: one transaction, with its entries' length fields, must fit. It keeps every offset
    /// within 32 bits.
    /// </summary>
    public const int MaxFrameLength = 1 << 30;

    /// <summary>The directory of the segments. Created if absent; held exclusively while the log is open.</summary>
    public required string Directory { get; init; }

    /// <summary>
    /// Bytes allocated for a segment, a multiple of 4096. May change between two openings; existing segments keep
    /// theirs.
    /// </summary>
    public int SegmentSize
    {
        get;
        init => field = value is >= MinSegmentSize and <= MaxSegmentSize && value % MinSegmentSize == 0
            ? value
            : throw new ConfigurationException(
                $"A segment size of {value} bytes is unusable: it must be a multiple of {MinSegmentSize} from "
                + $"{MinSegmentSize} to {MaxSegmentSize}.");
    } = DefaultSegmentSize;

    /// <summary>
    /// A position up to which everything is durable elsewhere (in tables), or <see cref="LogPosition.None"/>. Segments
    /// that lie wholly at or below it are not scanned on opening; their frames are verified when a cursor reads them.
    /// </summary>
    public LogPosition Checkpoint { get; init; }

    /// <summary>
    /// Where segments get their salt from: an unpredictable number, so that bytes inside a stored value can never
    /// pass for a frame, and another for each segment, so that what a recycled file held before cannot either. Replaced
    /// only to write reproducible files.
    /// </summary>
    public Func<ulong> SaltSource { get; init; } = RandomSalt;

    /// <summary>
    /// Hears how far the reading of the log on opening is, in bytes, after every frame; nobody when null.
    /// </summary>
    public IProgress<WorkProgress>? Progress { get; init; }

    private static ulong RandomSalt()
    {
        Span<byte> bytes = stackalloc byte[sizeof(ulong)];
        RandomNumberGenerator.Fill(bytes);
        return BitConverter.ToUInt64(bytes);
    }
}
