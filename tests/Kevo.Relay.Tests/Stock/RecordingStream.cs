using Grpc.Core;
using Kevo.Relay.Stock;
using Kevo.Wire.Contracts.Replication;

namespace Kevo.Relay.Tests.Stock;

/// <summary>The receiving end of a stream of the model, without a socket.</summary>
internal sealed class RecordingStream : IStockStream
{
    public List<WALStreamResponse> Messages { get; } = [];

    public Status? Ended { get; private set; }

    public int UnsentBytes { get; set; }

    public void Send(WALStreamResponse message) => Messages.Add(message);

    public void End(Status status) => Ended = status;

    /// <summary>The numbers of the message at an index.</summary>
    public IEnumerable<ulong> Numbers(int message) => Messages[message].Entries.Select(entry => entry.SequenceNumber);

    /// <summary>The numbers of all messages, one after the other.</summary>
    public IEnumerable<ulong> AllNumbers() =>
        Messages.SelectMany(message => message.Entries).Select(entry => entry.SequenceNumber);
}
