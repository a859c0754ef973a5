using System.Buffers.Binary;
using System.Text.Json;
using Google.Protobuf;
using Grpc.Core;
using Grpc.Net.Client;
using Kevo.EndToEnd.Tests.Processes;
using Kevo.Wire.Contracts.Client;

namespace Kevo.EndToEnd.Tests.Killing;

/// <summary>
/// A client of a replica that reads one key over and over, by gets and in scans, until the replica is gone.
/// </summary>
internal sealed class CounterReader : IAsyncDisposable
{
    private readonly GrpcChannel _channel;
    private readonly KevoService.KevoServiceClient _client;
    private int _turn;

    private CounterReader(GrpcChannel channel)
    {
        _channel = channel;
        _client = new KevoService.KevoServiceClient(channel);
    }

    /// <summary>Waits until the replica listens; null when it was killed before.</summary>
    public static async Task<CounterReader?> OpenAsync(ReplicaRun run, CancellationToken ended)
    {
        JsonElement? record = await run.TryWaitForEventAsync(Events.ReadsListening, ended);
        return record is { } listening
            ? new CounterReader(GrpcChannel.ForAddress(
                $"http://{listening.GetProperty("data").GetProperty("Address").GetString()}"))
            : null;
    }

    /// <summary>The counter now, 0 while it is absent; null when the replica does not answer any more.</summary>
    public async Task<ulong?> NextAsync(byte[] key, CancellationToken ended)
    {
        try
        {
            if (_turn++ % 4 == 3)
            {
                return await ScanAsync(key, ended);
            }

            GetResponse answer = await _client.GetAsync(
                new GetRequest { Key = ByteString.CopyFrom(key) }, cancellationToken: ended);
            return answer.Found ? Parse(answer.Value) : 0;
        }
        catch (RpcException error) when (error.StatusCode is StatusCode.Unavailable or StatusCode.Cancelled
            or StatusCode.Internal or StatusCode.Unknown)
        {
            return null;
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        _channel.Dispose();
        return ValueTask.CompletedTask;
    }

    private async Task<ulong> ScanAsync(byte[] key, CancellationToken ended)
    {
        ulong seen = 0;
        using AsyncServerStreamingCall<ScanResponse> scan = _client.Scan(
            new ScanRequest { Prefix = ByteString.CopyFrom(key) }, cancellationToken: ended);
        while (await scan.ResponseStream.MoveNext(ended))
        {
            seen = Parse(scan.ResponseStream.Current.Value);
        }

        return seen;
    }

    private static ulong Parse(ByteString value) => BinaryPrimitives.ReadUInt64LittleEndian(value.Span);
}
