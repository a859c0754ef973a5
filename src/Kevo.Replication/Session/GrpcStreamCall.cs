using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using System.Net.Http;
using System.Net.Http.Headers;
using Google.Protobuf;
using Grpc.Core;
using Kevo.Wire;
using Kevo.Wire.Contracts.Replication;

namespace Kevo.Replication.Session;

/// <summary>
/// One <c>StreamWAL</c> call, framed by us. The gRPC library allocates an array for every message and copies it into
/// ours; here the connection's bytes go straight into pooled messages. One reader at a time; disposing ends the call.
/// </summary>
internal sealed class GrpcStreamCall : IDisposable
{
    /// <summary>Flag of compression (1 byte) and length (4 bytes, big-endian) before each message.</summary>
    private const int PrefixLength = 5;

    private const string ContentType = "application/grpc";

    private readonly HttpResponseMessage _response;
    private readonly Stream _content;
    private readonly StreamMessagePool _pool;
    private readonly int _messageBytesMax;
    private readonly byte[] _prefix = new byte[PrefixLength];
    private volatile bool _receiving;

    private GrpcStreamCall(
        HttpResponseMessage response, Stream content, StreamMessagePool pool, int messageBytesMax)
    {
        _response = response;
        _content = content;
        _pool = pool;
        _messageBytesMax = messageBytesMax;
        Headers = ToMetadata(response.Headers);
    }

    /// <summary>Whether a part of a message was read, and the rest not. Any thread.</summary>
    public bool IsReceiving => _receiving;

    /// <summary>The response headers.</summary>
    public Metadata Headers { get; }

    /// <summary>Sends the request and waits for the response headers.</summary>
    /// <exception cref="RpcException">The call failed or was refused.</exception>
    public static async ValueTask<GrpcStreamCall> StartAsync(
        HttpMessageInvoker http, Uri address, WALStreamRequest request, Metadata metadata, StreamMessagePool pool,
        int messageBytesMax, CancellationToken cancellationToken)
    {
        using HttpRequestMessage message = ToRequest(address, request, metadata);
        HttpResponseMessage? response = null;
        GrpcStreamCall? started = null;
        try
        {
            response = await http.SendAsync(message, cancellationToken);
            ThrowUnlessGrpc(response);
            ThrowIfRefused(response.Headers);
            Stream content = await response.Content.ReadAsStreamAsync(cancellationToken);
            started = new GrpcStreamCall(response, content, pool, messageBytesMax);
            return started;
        }
        catch (Exception lost) when (lost is HttpRequestException or IOException)
        {
            throw Lost(lost);
        }
        finally
        {
            if (started is null)
            {
                response?.Dispose();
            }
        }
    }

    /// <summary>
    /// Reads the next message, which the caller disposes; null when the server ended the call with OK.
    /// </summary>
    /// <exception cref="RpcException">The server ended it with another status, or the connection failed.</exception>
    public async ValueTask<StreamMessage?> ReadAsync(CancellationToken cancellationToken)
    {
        try
        {
            int read = await _content.ReadAtLeastAsync(
                _prefix, PrefixLength, throwOnEndOfStream: false, cancellationToken);
            if (read == 0)
            {
                ThrowIfEndedBadly();
                return null;
            }

            int length = ReadPrefix(read);
            _receiving = true;
            StreamMessage message = _pool.Rent(length, out Memory<byte> destination);
            bool filled = false;
            try
            {
                await _content.ReadExactlyAsync(destination, cancellationToken);
                filled = true;
                _receiving = false;
                return message;
            }
            finally
            {
                if (!filled)
                {
                    message.Dispose();
                }
            }
        }
        catch (Exception lost) when (lost is HttpRequestException or IOException)
        {
            throw Lost(lost);
        }
    }

    /// <summary>Ends the call.</summary>
    public void Dispose() => _response.Dispose();

    private int ReadPrefix(int read)
    {
        if (read < PrefixLength)
        {
            throw new RpcException(new Status(StatusCode.Unavailable, "The stream ended inside a message."));
        }

        if (_prefix[0] != 0)
        {
            throw new RpcException(new Status(
                StatusCode.Internal, "The server compressed a whole message, which it was not offered."));
        }

        uint length = BinaryPrimitives.ReadUInt32BigEndian(_prefix.AsSpan(1));
        return length <= (uint)_messageBytesMax
            ? (int)length
            : throw new RpcException(new Status(
                StatusCode.ResourceExhausted, $"received message larger than max ({length} vs. {_messageBytesMax})"));
    }

    private static HttpRequestMessage ToRequest(Uri address, WALStreamRequest request, Metadata metadata)
    {
        byte[] body = new byte[PrefixLength + request.CalculateSize()];
        BinaryPrimitives.WriteInt32BigEndian(body.AsSpan(1), body.Length - PrefixLength);
        request.WriteTo(body.AsSpan(PrefixLength));
        HttpRequestMessage message =
            new(HttpMethod.Post, new Uri(address, $"/{ReplicationMethods.SendStream.FullName[1..]}"))
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = new ByteArrayContent(body),
        };
        message.Content.Headers.ContentType = new MediaTypeHeaderValue(ContentType);
        message.Headers.TryAddWithoutValidation("te", "trailers");
        message.Headers.TryAddWithoutValidation("grpc-accept-encoding", "identity");
        foreach (Metadata.Entry entry in metadata)
        {
            message.Headers.TryAddWithoutValidation(entry.Key, entry.Value);
        }

        return message;
    }

    /// <summary>An answer that is no gRPC answer gets the status that the gRPC rules give it.</summary>
    private static void ThrowUnlessGrpc(HttpResponseMessage response)
    {
        if (response.StatusCode == HttpStatusCode.OK
            && response.Content.Headers.ContentType?.MediaType is { } type
            && type.StartsWith(ContentType, StringComparison.OrdinalIgnoreCase))
        {
            return;
        }

        StatusCode code = response.StatusCode switch
        {
            HttpStatusCode.NotFound or HttpStatusCode.OK => StatusCode.Unimplemented,
            HttpStatusCode.Unauthorized => StatusCode.Unauthenticated,
            HttpStatusCode.Forbidden => StatusCode.PermissionDenied,
            _ => StatusCode.Unavailable,
        };
        throw new RpcException(new Status(
            code, $"it answers with HTTP status {(int)response.StatusCode}, not as a gRPC service"));
    }

    private void ThrowIfEndedBadly()
    {
        if (!_response.TrailingHeaders.Contains("grpc-status"))
        {
            throw new RpcException(new Status(StatusCode.Unavailable, "The stream ended without a status."));
        }

        ThrowIfRefused(_response.TrailingHeaders);
    }

    private static void ThrowIfRefused(HttpResponseHeaders headers)
    {
        string? status = First(headers, "grpc-status");
        if (status is null or "0")
        {
            return;
        }

        StatusCode code = int.TryParse(status, NumberStyles.None, CultureInfo.InvariantCulture, out int number)
            ? (StatusCode)number
            : StatusCode.Unknown;
        throw new RpcException(new Status(code, Uri.UnescapeDataString(First(headers, "grpc-message") ?? "")));
    }

    private static RpcException Lost(Exception cause) =>
        new(new Status(StatusCode.Unavailable, "The connection failed.", cause));

    private static string? First(HttpResponseHeaders headers, string name)
    {
        if (headers.NonValidated.TryGetValues(name, out HeaderStringValues values))
        {
            foreach (string value in values)
            {
                return value;
            }
        }

        return null;
    }

    private static Metadata ToMetadata(HttpResponseHeaders headers)
    {
        Metadata metadata = [];
        foreach ((string name, HeaderStringValues values) in headers.NonValidated)
        {
            // Binary headers are base64 text here; none of ours is one.
            if (name.EndsWith(Metadata.BinaryHeaderSuffix, StringComparison.OrdinalIgnoreCase))
            {
                continue;
            }

            foreach (string value in values)
            {
                metadata.Add(name, value);
            }
        }

        return metadata;
    }
}
