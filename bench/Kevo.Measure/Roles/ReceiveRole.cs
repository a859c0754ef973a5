using System.Globalization;
using Kevo.Platform;
using Kevo.Replication.Session;
using Kevo.Wire;
using Kevo.Wire.Contracts.Replication;

namespace Kevo.Measure.Roles;

/// <summary>
/// The receive-only ceiling: the same stream from the same relay over the replica's own transport, every entry decoded
/// and dropped; or given to a <see cref="BareWriter"/> besides, which makes the messages durable and does nothing else.
/// Says what a <see cref="ProcessMeter"/> says.
/// </summary>
public static class ReceiveRole
{
    /// <summary>
    /// Arguments: port, last sequence, codec (<c>none</c>, <c>zstd</c>, <c>snappy</c>), last sequence of the warm-up;
    /// to write, further the file, its bytes at most, and the bytes of a batch.
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
                arguments[4],
                long.Parse(arguments[5], CultureInfo.InvariantCulture),
                int.Parse(arguments[6], CultureInfo.InvariantCulture),
                Reach)
            : null;
        ulong reached = 0;
        while (reached < last && await session.ReceiveAsync(CancellationToken.None) is { } received)
        {
            reached = Decode(received, decoder);
            if (writer is not null)
            {
                await writer.AddAsync(received, reached);
                continue;
            }

            received.Dispose();
            Reach(reached);
        }

        if (writer is not null)
        {
            await writer.EndAsync();
        }

        meter!.Say(reached);
        return 0;
    }

    private static ulong Decode(StreamMessage message, PayloadDecoder decoder)
    {
        ulong reached = 0;
        StreamResponseReader reader = message.Read();
        decoder.BeginMessage(in reader);
        while (reader.TryReadEntry(out StreamEntry wire))
        {
            reached = decoder.Decode(in wire).Sequence;
        }

        return reached;
    }
}
