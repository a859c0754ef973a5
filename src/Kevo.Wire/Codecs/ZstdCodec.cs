using Kevo.Wire.Contracts.Replication;
using ZstdSharp;

namespace Kevo.Wire.Codecs;

/// <summary>
/// Zstandard frames. The contexts are made on first use and kept: about 160 KiB to decompress and, depending on the
/// level, from half a mebibyte to compress. No allocation per call.
/// </summary>
public sealed class ZstdCodec : ICodec
{
    /// <summary>
    /// The fastest regular level; single entries are too small for higher ones to gain anything. The executable has
    /// the code of the fast levels only (<c>trimming.xml</c> of <c>kevo-replica</c>).
    /// </summary>
    public const int DefaultLevel = 1;

    private readonly int _level;
    private Compressor? _compressor;
    private Decompressor? _decompressor;

    /// <summary>
    /// Creates the codec; <paramref name="level"/> is Zstandard's own number, larger is smaller and slower.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such level.</exception>
    public ZstdCodec(int level = DefaultLevel)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(level, Compressor.MinCompressionLevel);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(level, Compressor.MaxCompressionLevel);
        _level = level;
    }

    /// <inheritdoc/>
    public CompressionCodec Codec => CompressionCodec.Zstd;

    /// <inheritdoc/>
    public int MaxCompressedLength(int length) => Compressor.GetCompressBound(length);

    /// <inheritdoc/>
    public int Compress(ReadOnlySpan<byte> content, Span<byte> destination)
    {
        if (destination.Length < MaxCompressedLength(content.Length))
        {
            throw new ArgumentException("The destination is shorter than the longest frame.", nameof(destination));
        }

        _compressor ??= new Compressor(_level);
        return _compressor.Wrap(content, destination);
    }

    /// <inheritdoc/>
    public bool TryGetContentBound(ReadOnlySpan<byte> frame, out ulong bound)
    {
        try
        {
            bound = Decompressor.GetDecompressedSize(frame);
            return true;
        }
        catch (ZstdException)
        {
            bound = 0;
            return false;
        }
    }

    /// <inheritdoc/>
    public CodecFault Decompress(ReadOnlySpan<byte> frame, Span<byte> destination, out int written)
    {
        written = 0;
        if (frame.IsEmpty)
        {
            return CodecFault.Malformed;
        }

        _decompressor ??= new Decompressor();
        try
        {
            return _decompressor.TryUnwrap(frame, destination, out written) ? CodecFault.None : CodecFault.TooLarge;
        }
        catch (ZstdException)
        {
            return CodecFault.Malformed;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _compressor?.Dispose();
        _compressor = null;
        _decompressor?.Dispose();
        _decompressor = null;
    }
}
