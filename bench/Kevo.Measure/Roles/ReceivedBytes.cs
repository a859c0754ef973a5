using System.Buffers;
using Kevo.Wire;

namespace Kevo.Measure.Roles;

/// <summary>
/// What a <see cref="BareWriter"/> writes of one message: the message as it came, or, if that was compressed, the
/// payloads it was decoded to, which is the least that a log of entries can hold. Whoever has it disposes it once.
/// </summary>
public sealed class ReceivedBytes : IDisposable
{
    private readonly StreamMessage? _message;
    private byte[] _decoded = [];
    private int _length;

    /// <summary>The message as it came, which belongs to this object from here on.</summary>
    public ReceivedBytes(StreamMessage message) => _message = message;

    /// <summary>Nothing yet; see <see cref="Add"/>.</summary>
    public ReceivedBytes()
    {
    }

    /// <summary>The sequence of the last entry.</summary>
    public ulong Last { get; set; }

    /// <summary>The bytes, until they are disposed.</summary>
    public ReadOnlySpan<byte> Span => _message is null ? _decoded.AsSpan(0, _length) : _message.Span;

    /// <summary>Adds a copy of a payload.</summary>
    public void Add(ReadOnlySpan<byte> payload)
    {
        if (payload.Length > _decoded.Length - _length)
        {
            byte[] larger = ArrayPool<byte>.Shared.Rent(Math.Max(_length + payload.Length, 2 * _decoded.Length));
            _decoded.AsSpan(0, _length).CopyTo(larger);
            GiveBack();
            _decoded = larger;
        }

        payload.CopyTo(_decoded.AsSpan(_length));
        _length += payload.Length;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _message?.Dispose();
        GiveBack();
    }

    private void GiveBack()
    {
        if (_decoded.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(_decoded);
            _decoded = [];
        }
    }
}
