using System.Buffers;
using BenchmarkDotNet.Attributes;
using Kevo.Server.Reads;

namespace Kevo.Benchmarks;

/// <summary>
/// The read service's own part of an answer, per row: rows of 116 bytes written as messages into the body of a
/// response. Room: Server.
/// </summary>
[MemoryDiagnoser]
public class AnswerWriting
{
    private const int Rows = 10_000;
    private const int RoomLength = 36 << 10;

    private readonly ArrayBufferWriter<byte> _body = new(4 << 20);
    private readonly byte[] _key = new byte[16];
    private readonly byte[] _value = new byte[100];

    /// <summary>Writes rows in the chunks of a scan.</summary>
    [Benchmark(OperationsPerInvoke = Rows)]
    public int WriteRows()
    {
        _body.ResetWrittenCount();
        ScanChunk chunk = new(_body, RoomLength);
        for (int i = 0; i < Rows; i++)
        {
            chunk.Add(_key, _value);
        }

        chunk.Complete();
        return _body.WrittenCount;
    }
}
