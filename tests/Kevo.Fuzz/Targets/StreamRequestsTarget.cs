using System.Net;
using System.Net.Http.Headers;
using Google.Protobuf;
using Kevo.Fuzz.Engine;
using Kevo.Wire;
using Kevo.Wire.Contracts.Replication;

namespace Kevo.Fuzz.Targets;

/// <summary>
/// Requests for a stream of the log, over real sockets. The first byte chooses how the message is framed, the second
/// what the client says of itself; the rest is the message. Every request gets a status or the first bytes of a stream
/// in time; a request that is one gets no internal error; and when the client is gone its stream is too.
/// </summary>
internal sealed class StreamRequestsTarget : IFuzzTarget
{
    private const int HeaderLength = 2;
    private const int Internal = 13;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);

    private static readonly (string Name, string Value)[][] Announcements =
    [
        [],
        [(RelayHeaders.NodeId, "replica-1"), (RelayHeaders.Epoch, "1")],
        [(RelayHeaders.NodeId, "replica-1"), (RelayHeaders.Epoch, "0")],
        [(RelayHeaders.NodeId, "replica-1"), (RelayHeaders.Epoch, "7")],
        [(RelayHeaders.NodeId, "fuzzed"), (RelayHeaders.Epoch, "1")],
        [(RelayHeaders.NodeId, "replica-1")],
        [(RelayHeaders.NodeId, "no name"), (RelayHeaders.Epoch, "1")],
        [(RelayHeaders.NodeId, new string('n', 5000)), (RelayHeaders.Epoch, "1")],
        [(RelayHeaders.NodeId, "replica-1"), (RelayHeaders.Epoch, "18446744073709551616")],
        [(RelayHeaders.NodeId, "replica-1"), (RelayHeaders.NodeId, "replica-2"), (RelayHeaders.Epoch, "-1")],
    ];

    private readonly HttpClient _client = new(new SocketsHttpHandler())
    {
        DefaultRequestVersion = HttpVersion.Version20,
        DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact,
        Timeout = Patience,
    };

    /// <inheritdoc/>
    public string Name => "stream-requests";

    /// <inheritdoc/>
    public double Weight => 0.004;

    /// <inheritdoc/>
    public byte[] Generate(Random random)
    {
        var fields = new FieldBytes(random);
        fields.Number(1, random.Next(4) switch
        {
            0 => 0,
            1 => (ulong)random.Next(ServedNode.Transactions + 10),
            2 => (ulong)random.NextInt64() >> random.Next(64),
            _ => ulong.MaxValue - (ulong)random.Next(3),
        });
        fields.Number(2, (ulong)random.Next(3));
        fields.Number(3, (ulong)random.Next(2));
        fields.Number(4, random.Next(5) == 0 ? (ulong)random.NextInt64() : (ulong)random.Next(4));
        byte[] listener = new byte[random.Next(random.Next(8) == 0 ? 5000 : 20)];
        listener.AsSpan().Fill((byte)'a');
        fields.Bytes(5, listener);
        byte framing = (byte)(random.Next(4) == 0 ? random.Next(256) : 0);
        return [framing, (byte)random.Next(256), .. fields.Shuffled(6)];
    }

    /// <inheritdoc/>
    public ulong Run(ReadOnlySpan<byte> input)
    {
        Signature signature = new();
        if (input.Length < HeaderLength)
        {
            return signature.Value;
        }

        byte[] message = input[HeaderLength..].ToArray();
        int framing = input[0] % GrpcFraming.Kinds;
        int announcement = input[1] % Announcements.Length;
        int code = Open(GrpcFraming.Apply(message, framing), Announcements[announcement], out string text);
        FuzzFindingException.Unless(
            framing != 0 || code != Internal || !IsMessage(message), $"a request ends with status {code}: {text}");
        FuzzFindingException.Unless(
            ServedNode.Instance.StreamsEnd(Patience), "a stream goes on although its client is gone");
        signature.Add(framing);
        signature.Add(announcement);
        signature.Add(code);
        return signature.Value;
    }

    private static bool IsMessage(byte[] bytes)
    {
        try
        {
            WALStreamRequest.Parser.ParseFrom(bytes);
            return true;
        }
        catch (InvalidProtocolBufferException)
        {
            return false;
        }
    }

    /// <summary>The status; 0 when entries come, after which the client hangs up.</summary>
    private int Open(byte[] body, (string Name, string Value)[] announcement, out string text)
    {
        using var request = new HttpRequestMessage(
            HttpMethod.Post,
            $"{ServedNode.Instance.Replication}/{WALReplicationService.Descriptor.FullName}/StreamWAL")
        {
            Content = new ByteArrayContent(body),
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/grpc");
        request.Headers.TE.Add(new TransferCodingWithQualityHeaderValue("trailers"));
        foreach ((string name, string value) in announcement)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        using HttpResponseMessage response =
            _client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead).GetAwaiter().GetResult();
        using var limit = new CancellationTokenSource(Patience);
        using Stream content = response.Content.ReadAsStream(limit.Token);
        int read = content.ReadAsync(new byte[1], limit.Token).AsTask().GetAwaiter().GetResult();
        text = Value(response, "grpc-message") ?? "";
        string status = read > 0 ? "0" : Value(response, "grpc-status") ?? $"HTTP {(int)response.StatusCode}";
        FuzzFindingException.Unless(int.TryParse(status, out int code), $"the stream ends without a status: {status}");
        return code;
    }

    private static string? Value(HttpResponseMessage response, string name) =>
        response.Headers.TryGetValues(name, out IEnumerable<string>? values)
        || response.TrailingHeaders.TryGetValues(name, out values)
            ? values.First()
            : null;
}
