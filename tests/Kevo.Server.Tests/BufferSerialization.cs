using System.Buffers;
using Grpc.Core;

namespace Kevo.Server.Tests;

/// <summary>A message being written into a buffer that is there already.</summary>
internal sealed class BufferSerialization(int capacity) : SerializationContext
{
    private readonly ArrayBufferWriter<byte> _buffer = new(capacity);

    /// <summary>The bytes written since <see cref="Clear"/>.</summary>
    public ReadOnlySpan<byte> Written => _buffer.WrittenSpan;

    /// <summary>The length that was announced.</summary>
    public int Announced { get; private set; }

    public void Clear() => _buffer.ResetWrittenCount();

    public override void SetPayloadLength(int payloadLength) => Announced = payloadLength;

    public override IBufferWriter<byte> GetBufferWriter() => _buffer;

    public override void Complete()
    {
    }
}
