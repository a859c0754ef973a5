using Google.Protobuf;
using Grpc.Core;
using Kevo.Wire.Contracts.Client;

namespace Kevo.Measure.Limits;

/// <summary>Answers every Get with one value and thinks about nothing: what the server stack costs by itself.</summary>
public sealed class EchoService(GetResponse answer) : KevoService.KevoServiceBase
{
    private static readonly ByteString s_key = ByteString.CopyFromUtf8("key-000000000000");

    /// <inheritdoc/>
    public override Task<GetResponse> Get(GetRequest request, ServerCallContext context) => Task.FromResult(answer);

    /// <inheritdoc/>
    public override async Task Scan(
        ScanRequest request, IServerStreamWriter<ScanResponse> responseStream, ServerCallContext context)
    {
        // Rows are buffered and flushed in chunks, as any server does that cares for throughput.
        const int ChunkBytes = 32 << 10;
        var buffered = new WriteOptions(WriteFlags.BufferHint);
        var row = new ScanResponse { Key = s_key, Value = answer.Value };
        int size = row.CalculateSize();
        int chunk = 0;
        for (int i = 0; i < request.Limit; i++)
        {
            chunk += size;
            responseStream.WriteOptions = chunk < ChunkBytes ? buffered : WriteOptions.Default;
            chunk %= ChunkBytes;
            await responseStream.WriteAsync(row);
        }
    }
}
