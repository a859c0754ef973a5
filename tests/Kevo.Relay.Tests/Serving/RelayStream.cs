using Grpc.Core;
using Kevo.Wire;
using Kevo.Wire.Contracts.Replication;

namespace Kevo.Relay.Tests.Serving;

/// <summary>One open stream as a client sees it. Every wait gives up after a generous time.</summary>
internal sealed class RelayStream(
    WALReplicationService.WALReplicationServiceClient client, AsyncServerStreamingCall<WALStreamResponse> call)
        : IDisposable
{
    private Metadata? _headers;

    public async Task<Metadata> HeadersAsync() =>
        _headers ??= await call.ResponseHeadersAsync.WaitAsync(RelayFixture.Patience);

    public async Task<WALStreamResponse> NextAsync()
    {
        bool moved = await call.ResponseStream.MoveNext(CancellationToken.None).WaitAsync(RelayFixture.Patience);
        return moved ? call.ResponseStream.Current : throw new InvalidOperationException("The stream ended.");
    }

    /// <summary>Reads until n entries have arrived.</summary>
    public async Task<List<WALStreamResponse>> ReadEntriesAsync(int count)
    {
        var messages = new List<WALStreamResponse>();
        for (int seen = 0; seen < count;)
        {
            WALStreamResponse message = await NextAsync();
            messages.Add(message);
            seen += message.Entries.Count;
        }

        return messages;
    }

    /// <summary>Reads until the stream fails and gives the failure.</summary>
    public async Task<RpcException> FailureAsync()
    {
        while (true)
        {
            try
            {
                await NextAsync();
            }
            catch (RpcException e)
            {
                return e;
            }
        }
    }

    public async Task<AckResponse> AcknowledgeAsync(ulong sequence) =>
        await client.AcknowledgeAsync(new Ack { AcknowledgedUpTo = sequence }, await SessionAsync());

    public async Task<NackResponse> NegativeAcknowledgeAsync(ulong sequence) =>
        await client.NegativeAcknowledgeAsync(new Nack { MissingFromSequence = sequence }, await SessionAsync());

    public void Dispose() => call.Dispose();

    private async Task<Metadata> SessionAsync() =>
        new() { { RelayHeaders.SessionId, RelayHeaders.ReadSessionId(await HeadersAsync())! } };
}
