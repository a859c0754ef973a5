using System.Diagnostics;
using System.Globalization;
using Grpc.Core;
using Grpc.Net.Client;
using Kevo.Core;
using Kevo.Wire;
using Kevo.Wire.Contracts.Replication;

namespace Kevo.Measure.Roles;

/// <summary>
/// The receive-only ceiling: the same stream from the same relay, every entry decoded and dropped. Says <c>seconds</c>,
/// <c>entries</c>, <c>bytes</c>,
/// <c>allocated_bytes</c> and <c>cpu_seconds</c>.
/// </summary>
public static class ReceiveRole
{
    /// <summary>Arguments: port, last sequence, codec (<c>none</c>, <c>zstd</c>, <c>snappy</c>).</summary>
    public static async Task<int> RunAsync(IReadOnlyList<string> arguments)
    {
        ulong last = ulong.Parse(arguments[1], CultureInfo.InvariantCulture);
        CompressionCodec codec = Enum.Parse<CompressionCodec>(arguments[2], ignoreCase: true);
        using var handler = new SocketsHttpHandler { InitialHttp2StreamWindowSize = 16 << 20 };
        var channelOptions = new GrpcChannelOptions
        {
            HttpHandler = handler,
            MaxReceiveMessageSize = ReplicationMethods.MaxMessageBytes,
        };
        using var channel = GrpcChannel.ForAddress($"http://127.0.0.1:{arguments[0]}", channelOptions);
        var pool = new StreamMessagePool();
        var metadata = new Metadata();
        new ReplicaAnnouncement("measure-receiver", 1).WriteTo(metadata);
        var request = new WALStreamRequest
        {
            ProtocolVersion = 1,
            ListenerAddress = "127.0.0.1:1",
            CompressionSupported = codec != CompressionCodec.None,
            PreferredCodec = codec,
        };
        long started = Stopwatch.GetTimestamp();
        TimeSpan cpu = Environment.CpuUsage.TotalTime;
        long allocated = GC.GetTotalAllocatedBytes(precise: true);
        using AsyncServerStreamingCall<StreamMessage> call = channel.CreateCallInvoker().AsyncServerStreamingCall(
            ReplicationMethods.ReceiveStream(pool), null, new CallOptions(metadata), request);
        using var decoder = new PayloadDecoder();
        long entries = 0;
        long bytes = 0;
        ulong reached = 0;
        while (reached < last && await call.ResponseStream.MoveNext(CancellationToken.None))
        {
            using StreamMessage message = call.ResponseStream.Current;
            Drop(message, decoder, ref entries, ref bytes, ref reached);
        }

        double seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        RoleOutput.Say("seconds", seconds);
        RoleOutput.Say("entries", entries);
        RoleOutput.Say("bytes", bytes);
        RoleOutput.Say("allocated_bytes", GC.GetTotalAllocatedBytes(precise: true) - allocated);
        RoleOutput.Say("cpu_seconds", (Environment.CpuUsage.TotalTime - cpu).TotalSeconds);
        return 0;
    }

    private static void Drop(
        StreamMessage message, PayloadDecoder decoder, ref long entries, ref long bytes, ref ulong reached)
    {
        StreamResponseReader reader = message.Read();
        decoder.BeginMessage(in reader);
        while (reader.TryReadEntry(out StreamEntry wire))
        {
            WalEntry entry = decoder.Decode(in wire);
            entries++;
            bytes += entry.Payload.Length;
            reached = entry.Sequence;
        }
    }
}
