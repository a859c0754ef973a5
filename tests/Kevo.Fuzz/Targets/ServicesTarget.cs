using System.Net;
using System.Net.Http.Headers;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Kevo.Fuzz.Engine;
using Kevo.Wire.Contracts.Client;
using Kevo.Wire.Contracts.Replication;

namespace Kevo.Fuzz.Targets;

/// <summary>
/// The gRPC services, over real sockets. The first byte chooses the method, the second how the message is framed; the
/// rest is the message. Every request gets a status in time, and a message that is one, framed as it should be, never
/// an internal error. (Stock answers many refusals with UNKNOWN, and so do we; but not with an exception's text.)
/// </summary>
internal sealed class ServicesTarget : IFuzzTarget
{
    private const int HeaderLength = 2;
    private const int Internal = 13;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);

    // Not the stream itself, which answers for as long as it lives; it has a target of its own.
    private static readonly MethodDescriptor[] Methods =
    [
        .. KevoService.Descriptor.Methods,
        .. WALReplicationService.Descriptor.Methods.Where(static method => method.Name != "StreamWAL"),
    ];

    private readonly HttpClient _client = new(new SocketsHttpHandler())
    {
        DefaultRequestVersion = HttpVersion.Version20,
        DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact,
        Timeout = Patience,
    };

    /// <inheritdoc/>
    public string Name => "services";

    /// <inheritdoc/>
    public double Weight => 0.004;

    /// <inheritdoc/>
    public byte[] Generate(Random random)
    {
        var fields = new FieldBytes(random);
        for (int field = 1; field <= random.Next(6); field++)
        {
            if (random.Next(2) == 0)
            {
                fields.Number(field, (ulong)random.NextInt64() >> random.Next(64));
            }
            else
            {
                byte[] bytes = new byte[random.Next(random.Next(8) == 0 ? 5000 : 20)];
                random.NextBytes(bytes);
                fields.Bytes(field, bytes);
            }
        }

        byte framing = (byte)(random.Next(3) == 0 ? random.Next(256) : 0);
        return [(byte)random.Next(256), framing, .. fields.Shuffled(7)];
    }

    /// <inheritdoc/>
    public ulong Run(ReadOnlySpan<byte> input)
    {
        Signature signature = new();
        if (input.Length < HeaderLength)
        {
            return signature.Value;
        }

        MethodDescriptor method = Methods[input[0] % Methods.Length];
        byte[] message = input[HeaderLength..].ToArray();
        int framing = input[1] % GrpcFraming.Kinds;
        string status = Send(method, GrpcFraming.Apply(message, framing), out string text);
        bool isSound = framing == 0 && IsMessage(method, message);
        int code = int.TryParse(status, out int number) ? number : -1;
        FuzzFindingException.Unless(code >= 0, $"{method.FullName} answers without a status: {status}");
        FuzzFindingException.Unless(
            !isSound || (code != Internal && !text.Contains("Exception was thrown", StringComparison.Ordinal)),
            $"{method.FullName} ends with status {code}: {text}");

        // How many transactions are open decides about this one; all else follows from the input.
        signature.Add(input[0] % Methods.Length);
        signature.Add(framing);
        signature.Add(method.Name == "BeginTransaction" ? 0 : code);
        return signature.Value;
    }

    private static bool IsMessage(MethodDescriptor method, byte[] bytes)
    {
        try
        {
            method.InputType.Parser.ParseFrom(bytes);
            return true;
        }
        catch (InvalidProtocolBufferException)
        {
            return false;
        }
    }

    private string Send(MethodDescriptor method, byte[] body, out string text)
    {
        string address = method.Service == KevoService.Descriptor
            ? ServedNode.Instance.Reads
            : ServedNode.Instance.Replication;
        using var request = new HttpRequestMessage(
            HttpMethod.Post, $"{address}/{method.Service.FullName}/{method.Name}")
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = new ByteArrayContent(body),
        };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/grpc");
        request.Headers.TE.Add(new TransferCodingWithQualityHeaderValue("trailers"));
        using HttpResponseMessage response = _client.SendAsync(request).GetAwaiter().GetResult();
        _ = response.Content.ReadAsByteArrayAsync().GetAwaiter().GetResult();
        text = Value(response, "grpc-message") ?? "";
        return Value(response, "grpc-status") ?? $"HTTP {(int)response.StatusCode}";
    }

    private static string? Value(HttpResponseMessage response, string name) =>
        response.Headers.TryGetValues(name, out IEnumerable<string>? values)
        || response.TrailingHeaders.TryGetValues(name, out values)
            ? values.First()
            : null;
}
