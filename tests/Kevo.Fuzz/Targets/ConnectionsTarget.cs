using System.Buffers.Binary;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using Kevo.Fuzz.Engine;
using Kevo.Wire.Contracts.Client;
using Kevo.Wire.Contracts.Replication;

namespace Kevo.Fuzz.Targets;

/// <summary>
/// Connections that no client makes, byte for byte over real sockets: frames of HTTP/2 that are wrong, too long, out of
/// order, or half there. The first byte chooses the read or the replication service, the second how the connection
/// ends; the rest is sent as it is. Whatever is sent, the connection ends in time and an honest client is answered.
/// </summary>
internal sealed class ConnectionsTarget : IFuzzTarget
{
    private const int HeaderLength = 2;
    private const int FrameHeaderLength = 9;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);

    // What a request of gRPC has in its header block, without compression: a literal without index for each.
    private static readonly byte[] RequestHeaders =
    [
        .. Literal(":method", "POST"), .. Literal(":scheme", "http"), .. Literal(":authority", "node"),
        .. Literal(":path", "/kevo.replication.WALReplicationService/StreamWAL"),
        .. Literal("content-type", "application/grpc"), .. Literal("te", "trailers"),
    ];

    private readonly HttpClient _client = new(new SocketsHttpHandler())
    {
        DefaultRequestVersion = HttpVersion.Version20,
        DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact,
        Timeout = Patience,
    };

    private static ReadOnlySpan<byte> Preface => "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8;

    /// <inheritdoc/>
    public string Name => "connections";

    /// <inheritdoc/>
    public double Weight => 0.004;

    /// <inheritdoc/>
    public byte[] Generate(Random random)
    {
        var bytes = new List<byte> { (byte)random.Next(256), (byte)random.Next(256) };
        bytes.AddRange(random.Next(12) == 0 ? Preface[..random.Next(Preface.Length)] : Preface);
        if (random.Next(6) > 0)
        {
            bytes.AddRange(Frame(4, 0, 0, []));
        }

        for (int i = random.Next(1, 12); i > 0; i--)
        {
            bytes.AddRange(AnyFrame(random));
        }

        int length = random.Next(8) == 0 ? random.Next(bytes.Count) : bytes.Count;
        return [.. bytes.Take(length)];
    }

    /// <inheritdoc/>
    public ulong Run(ReadOnlySpan<byte> input)
    {
        Signature signature = new();
        if (input.Length < HeaderLength)
        {
            return signature.Value;
        }

        bool reads = input[0] % 2 == 0;
        string address = reads ? ServedNode.Instance.Reads : ServedNode.Instance.Replication;
        int ending = input[1] % 3;
        Send(new Uri(address), input[HeaderLength..].ToArray(), ending);
        FuzzFindingException.Unless(
            ServedNode.Instance.StreamsEnd(Patience), "a stream goes on although its client is gone");
        Probe(reads);

        // What was sent, not what came back: how much of an answer arrives before a reset is a matter of chance.
        signature.Add(reads ? 1 : 0);
        signature.Add(ending);
        AddFrames(ref signature, input[HeaderLength..]);
        return signature.Value;
    }

    private static void AddFrames(ref Signature signature, ReadOnlySpan<byte> bytes)
    {
        int at = bytes.StartsWith(Preface) ? Preface.Length : 0;
        for (int frames = 0; frames < 4 && bytes.Length - at >= FrameHeaderLength; frames++)
        {
            int length = (bytes[at] << 16) | (bytes[at + 1] << 8) | bytes[at + 2];
            signature.Add(bytes[at + 3]);
            signature.AddMagnitude((ulong)length);
            at += FrameHeaderLength + Math.Min(length, bytes.Length - at - FrameHeaderLength);
        }
    }

    private static byte[] AnyFrame(Random random)
    {
        uint stream = random.Next(5) == 0 ? (uint)random.Next() : (uint)((random.Next(4) * 2) + 1);
        switch (random.Next(12))
        {
            case 0: return Frame(1, 0x4, stream, RequestHeaders);
            case 1: return Frame(1, 0x5, stream, RequestHeaders);
            case 2:
                byte[] message = [8, 0, 42, 1, (byte)'a'];
                return Frame(0, 1, stream, GrpcFraming.Apply(message, random.Next(GrpcFraming.Kinds)));
            case 3: return Frame(4, 0, 0, [0, (byte)random.Next(1, 7), .. Number(random)]);
            case 4: return Frame(8, 0, random.Next(2) == 0 ? 0 : stream, Number(random));
            case 5: return Frame(3, 0, stream, Number(random));
            case 6: return Frame(6, (byte)random.Next(2), 0, new byte[random.Next(10) == 0 ? 7 : 8]);
            case 7: return Frame(7, 0, 0, [.. Number(random), .. Number(random)]);
            case 8: return Frame(9, (byte)(random.Next(2) * 4), stream, Bytes(random, 200));
            case 9: return Frame(1, (byte)random.Next(256), stream, Bytes(random, 300));
            case 10: return [.. Frame((byte)random.Next(256), 0, stream, [])[..3], .. Bytes(random, 40)];
            default: return Frame((byte)random.Next(12), (byte)random.Next(256), stream, Bytes(random, 17_000));
        }
    }

    private static byte[] Frame(byte type, byte flags, uint stream, ReadOnlySpan<byte> payload)
    {
        byte[] frame = new byte[FrameHeaderLength + payload.Length];
        BinaryPrimitives.WriteUInt32BigEndian(frame, (uint)payload.Length << 8);
        frame[3] = type;
        frame[4] = flags;
        BinaryPrimitives.WriteUInt32BigEndian(frame.AsSpan(5), stream);
        payload.CopyTo(frame.AsSpan(FrameHeaderLength));
        return frame;
    }

    private static byte[] Number(Random random)
    {
        byte[] bytes = new byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, random.Next(3) switch
        {
            0 => (uint)random.Next(20),
            1 => 0x7FFF_FFFF,
            _ => (uint)random.NextInt64(),
        });
        return bytes;
    }

    private static byte[] Bytes(Random random, int most)
    {
        byte[] bytes = new byte[random.Next(most)];
        random.NextBytes(bytes);
        return bytes;
    }

    private static byte[] Literal(string name, string value)
    {
        byte[] nameBytes = System.Text.Encoding.ASCII.GetBytes(name);
        byte[] valueBytes = System.Text.Encoding.ASCII.GetBytes(value);
        return [0, (byte)nameBytes.Length, .. nameBytes, (byte)valueBytes.Length, .. valueBytes];
    }

    private static void Send(Uri address, byte[] bytes, int ending)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.ReceiveTimeout = socket.SendTimeout = (int)Patience.TotalMilliseconds;
        socket.Connect(IPAddress.Parse(address.Host), address.Port);
        if (ending == 0)
        {
            socket.LingerState = new LingerOption(true, 0);
        }

        try
        {
            socket.Send(bytes);
            if (ending == 2)
            {
                // It has to notice that nothing more comes, and to end the connection by itself.
                socket.Shutdown(SocketShutdown.Send);
                byte[] answer = new byte[4096];
                while (socket.Receive(answer) > 0)
                {
                }
            }
        }
        catch (SocketException reset) when (reset.SocketErrorCode
            is SocketError.ConnectionReset or SocketError.Shutdown or SocketError.ConnectionAborted)
        {
            // It hung up on us, as it should on most of this.
        }
    }

    private void Probe(bool reads)
    {
        (string address, string service, string method) = reads
            ? (ServedNode.Instance.Reads, KevoService.Descriptor.FullName, "Get")
            : (ServedNode.Instance.Replication, WALReplicationService.Descriptor.FullName, "Acknowledge");
        using var request = new HttpRequestMessage(HttpMethod.Post, $"{address}/{service}/{method}")
        {
            Content = new ByteArrayContent(GrpcFraming.Apply([], 0)),
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/grpc");
        request.Headers.TE.Add(new TransferCodingWithQualityHeaderValue("trailers"));
        using HttpResponseMessage response = _client.SendAsync(request).GetAwaiter().GetResult();
        FuzzFindingException.Unless(
            response.StatusCode == HttpStatusCode.OK,
            $"afterwards an honest client gets HTTP {(int)response.StatusCode}");
    }
}
