using Grpc.Core;
using Kevo.Relay.Serving;
using Kevo.Wire;
using Kevo.Wire.Contracts.Replication;

namespace Kevo.Relay.Tests.Serving;

/// <summary>
/// A replica that has acknowledged the first message before the relay's write of it returns, and then hangs up.
/// </summary>
internal sealed class InstantReplica(RelayService relay, CancellationTokenSource hangUp) : IRelayOutput
{
    private string _session = "";

    /// <summary>What the relay answered to the acknowledgement.</summary>
    public AckResponse? Reply { get; private set; }

    /// <inheritdoc/>
    public Task WriteHeadersAsync(Metadata headers)
    {
        _session = headers.GetValue(RelayHeaders.SessionId) ?? "";
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task WriteAsync(EncodedResponse message, CancellationToken cancellationToken)
    {
        ulong last = WALStreamResponse.Parser.ParseFrom(message.Bytes.Span).Entries[^1].SequenceNumber;
        Reply = relay.Acknowledge(
            new Ack { AcknowledgedUpTo = last }, new Metadata { { RelayHeaders.SessionId, _session } });
        hangUp.Cancel();
        return Task.CompletedTask;
    }
}
