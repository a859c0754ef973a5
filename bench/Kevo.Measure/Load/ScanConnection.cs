using System.Buffers.Binary;

namespace Kevo.Measure.Load;

/// <summary>
/// Scans everything, a given number of times in turn; counts rows and bytes, looking only at the length before each
/// row.
/// </summary>
/// <param name="request">The request, length prefix included.</param>
/// <param name="passes">How often.</param>
internal sealed class ScanConnection(byte[] request, int passes) : Http2Connection
{
    private static readonly byte[] s_headers = Http2Frames.RequestHeaders("/kevo.KevoService/Scan");

    private readonly byte[] _prefix = new byte[5];
    private int _prefixFilled;
    private int _rowLeft;
    private int _passesLeft = passes;

    /// <summary>Rows received.</summary>
    public long Rows { get; private set; }

    /// <summary>Bytes of rows received: keys, values and their encoding.</summary>
    public long Bytes { get; private set; }

    /// <inheritdoc/>
    protected override void OnStarted() => Call(s_headers, request);

    /// <inheritdoc/>
    protected override void OnData(int stream, ReadOnlySpan<byte> data)
    {
        while (!data.IsEmpty)
        {
            if (_rowLeft > 0)
            {
                int taken = Math.Min(_rowLeft, data.Length);
                data = data[taken..];
                _rowLeft -= taken;
                continue;
            }

            int prefix = Math.Min(_prefix.Length - _prefixFilled, data.Length);
            data[..prefix].CopyTo(_prefix.AsSpan(_prefixFilled));
            _prefixFilled += prefix;
            data = data[prefix..];
            if (_prefixFilled == _prefix.Length)
            {
                _prefixFilled = 0;
                _rowLeft = BinaryPrimitives.ReadInt32BigEndian(_prefix.AsSpan(1));
                Bytes += _rowLeft;
                Rows++;
            }
        }
    }

    /// <inheritdoc/>
    protected override void OnEnd(int stream)
    {
        if (_rowLeft > 0 || _prefixFilled > 0)
        {
            throw new InvalidDataException("A scan ended inside a row.");
        }

        if (--_passesLeft == 0)
        {
            Finish();
            return;
        }

        Call(s_headers, request);
    }
}
