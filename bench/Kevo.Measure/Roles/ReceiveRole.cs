using System.Globalization;
using Kevo.Core;
using Kevo.Platform;
using Kevo.Replication.Session;
using Kevo.Wire;
using Kevo.Wire.Contracts.Replication;

namespace Kevo.Measure.Roles;

/// <summary>
/// The receive-only ceiling: the same stream from the same relay over the replica's own transport, every entry decoded
/// and dropped; or given to a <see cref="BareWriter"/> besides, which makes them durable and does nothing else.
/// Says what a <see cref="ProcessMeter"/> says.
/// </summary>
public static class ReceiveRole
{
    /// <summary>
    /// Arguments: port, last sequence, codec (<c>none</c>, <c>zstd</c>, <c>snappy</c>), last sequence of the warm-up;
    /// to write, further the file and the bytes of a batch.
    /// </summary>
    public static async Task<int> RunAsync(IReadOnlyList<string> arguments)
    {
        ulong last = ulong.Parse(arguments[1], CultureInfo.InvariantCulture);
        CompressionCodec codec = Enum.Parse<CompressionCodec>(arguments[2], ignoreCase: true);
        ulong warm = ulong.Parse(arguments[3], CultureInfo.InvariantCulture);
        var options = new ConnectorOptions { Address = $"127.0.0.1:{arguments[0]}" };
        await using var connector = new GrpcPrimaryConnector(options, LinuxFileSystem.Instance, TimeProvider.System);
        await using IPrimaryConnection connection = await connector.ConnectAsync(CancellationToken.None);
        var request = new SessionRequest
        {
            StartSequence = 0,
            Epoch = 1,
            ProtocolVersion = 1,
            CompressionSupported = codec != CompressionCodec.None,
            PreferredCodec = codec,
            ListenerAddress = "127.0.0.1:1",
            NodeId = "measure-receiver",
        };
        await using IReplicationSession session = await connection.OpenSessionAsync(request, CancellationToken.None);
        using var decoder = new PayloadDecoder();
        ProcessMeter? meter = null;
        void Reach(ulong reached) => meter ??= reached >= warm ? ProcessMeter.Start(reached) : null;
        using BareWriter? writer = arguments.Count > 4
            ? new BareWriter(
                arguments[4], int.Parse(arguments[5], CultureInfo.InvariantCulture), Reach)
            : null;
        ulong reached = 0;
        while (reached < last && await session.ReceiveAsync(CancellationToken.None) is { } message)
        {
            if (writer is not null)
            {
                ReceivedBytes received = Take(message, decoder);
                reached = received.Last;
                await writer.AddAsync(received);
                continue;
            }

            using (message)
            {
                StreamResponseReader reader = message.Read();
                reached = Decode(ref reader, decoder, null);
            }

            Reach(reached);
        }

        if (writer is not null)
        {
            await writer.EndAsync();
        }

        meter!.Say(reached);
        return 0;
    }

    private static ReceivedBytes Take(StreamMessage message, PayloadDecoder decoder)
    {
        StreamResponseReader reader = message.Read();
        if (!reader.Compressed)
        {
            return new ReceivedBytes(message) { Last = Decode(ref reader, decoder, null) };
        }

        using (message)
        {
            var decoded = new ReceivedBytes();
            decoded.Last = Decode(ref reader, decoder, decoded);
            return decoded;
        }
    }

    private static ulong Decode(ref StreamResponseReader reader, PayloadDecoder decoder, ReceivedBytes? into)
    {
        ulong reached = 0;
        decoder.BeginMessage(in reader);
        while (reader.TryReadEntry(out StreamEntry wire))
        {
            WalEntry entry = decoder.Decode(in wire);
            into?.Add(entry.Payload);
            reached = entry.Sequence;
        }

        return reached;
    }
}
