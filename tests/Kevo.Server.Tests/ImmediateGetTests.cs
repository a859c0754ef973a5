using System.Buffers;
using System.Buffers.Binary;
using System.Diagnostics;
using System.IO.Pipelines;
using System.Net;
using System.Net.Http.Headers;
using Google.Protobuf;
using Kevo.Core;
using Kevo.Core.Tracing;
using Kevo.Server.Reads;
using Kevo.Wire.Contracts.Client;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using static Kevo.Server.Tests.ServerFixture;

namespace Kevo.Server.Tests;

/// <summary>
/// The short way of a Get: what it answers, and that it leaves everything else exactly as it came for the long way,
/// whose own tests go over sockets. Alone in the process, since whoever listens to spans sends every call the long way.
/// </summary>
[CollectionDefinition(nameof(ImmediateGetTests), DisableParallelization = true)]
[Collection(nameof(ImmediateGetTests))]
public sealed class ImmediateGetTests
{
    private static readonly byte[] s_key = Raw("k");

    [Theory]
    [InlineData(1, 0)]
    [InlineData(1, 1)]
    [InlineData(127, 127)]
    [InlineData(128, 128)]
    [InlineData(4096, 16384)]
    [InlineData(16, 65536)]
    public async Task A_found_value_is_answered_as_protobuf_says(int keyLength, int valueLength)
    {
        using ImmediateGetFixture fixture = new();
        byte[] key = new byte[keyLength];
        byte[] value = new byte[valueLength];
        new Random(keyLength + valueLength).NextBytes(key);
        new Random(valueLength).NextBytes(value);
        LogPosition position = fixture.Store.Put(key, value);

        DefaultHttpContext http = ImmediateGetFixture.RequestFor(key);
        Assert.True(await fixture.AnswersAsync(http));

        Assert.Equal(new GetResponse { Found = true, Value = ByteString.CopyFrom(value) }, AnswerIn(http));
        Assert.Equal(200, http.Response.StatusCode);
        Assert.Equal("application/grpc", http.Response.ContentType);
        Assert.Equal(position.ToString(), http.Response.Headers["kevo-position"]);
        Assert.Equal("1", http.Response.Headers["kevo-epoch"]);
        Assert.Equal("0", http.Features.Get<IHttpResponseTrailersFeature>()!.Trailers["grpc-status"]);
        Assert.Equal(1, fixture.Statistics[RpcKind.Get].Count);
        Assert.Equal(0, fixture.Statistics[RpcKind.Get].Failed);
        Assert.Equal(0, fixture.Statistics[RpcKind.Get].Active);
        Assert.Equal(valueLength, fixture.Statistics.BytesSent);
        Assert.Equal(0, fixture.Store.OpenSnapshots);
    }

    [Fact]
    public async Task Absent_and_deleted_keys_are_answered_with_an_empty_message()
    {
        using ImmediateGetFixture fixture = new();
        fixture.Store.Put(Raw("gone"), Raw("v"));
        fixture.Store.Delete(Raw("gone"));
        foreach (string key in new[] { "gone", "never" })
        {
            DefaultHttpContext http = ImmediateGetFixture.RequestFor(Raw(key));
            Assert.True(await fixture.AnswersAsync(http));
            Assert.Equal(new GetResponse(), AnswerIn(http));
        }
    }

    [Fact]
    public async Task An_answered_request_is_read_to_its_end()
    {
        using ImmediateGetFixture fixture = new();
        DefaultHttpContext http = ImmediateGetFixture.RequestFor(s_key);
        Assert.True(await fixture.AnswersAsync(http));
        Assert.True(http.Request.BodyReader.TryRead(out ReadResult rest));
        Assert.True(rest.IsCompleted && rest.Buffer.IsEmpty);
    }

    public static TheoryData<string, byte[]> BodiesOfTheLongWay() => new()
    {
        { "nothing", [] },
        { "half a prefix", [0, 0, 0] },
        { "a message without a key", [0, 0, 0, 0, 0] },
        { "an empty key", [0, 0, 0, 0, 2, 0x0A, 0] },
        { "compressed", [1, 0, 0, 0, 3, 0x0A, 1, (byte)'k'] },
        { "a message that is longer than it says", [0, 0, 0, 0, 3, 0x0A, 1, (byte)'k', 0] },
        { "a message that is shorter than it says", [0, 0, 0, 0, 4, 0x0A, 1, (byte)'k'] },
        { "two messages", [0, 0, 0, 0, 3, 0x0A, 1, (byte)'k', 0, 0, 0, 0, 3, 0x0A, 1, (byte)'k'] },
        { "a key that is longer than its message", [0, 0, 0, 0, 3, 0x0A, 2, (byte)'k'] },
        { "a key that is shorter than its message", [0, 0, 0, 0, 4, 0x0A, 1, (byte)'k', 0] },
        { "a length without an end", [0, 0, 0, 0, 3, 0x0A, 0x81, 0x80] },
        { "another field", [0, 0, 0, 0, 3, 0x12, 1, (byte)'k'] },
        { "an unknown field behind the key", [0, 0, 0, 0, 5, 0x0A, 1, (byte)'k', 0x10, 1] },
        { "two keys", [0, 0, 0, 0, 6, 0x0A, 1, (byte)'j', 0x0A, 1, (byte)'k'] },
        { "a key of 4097 bytes", [0, 0, 0, 0x10, 4, 0x0A, 0x81, 0x20, .. new byte[4097]] },
    };

    [Theory]
    [MemberData(nameof(BodiesOfTheLongWay))]
    public async Task Another_body_goes_the_long_way(string what, byte[] body)
    {
        using ImmediateGetFixture fixture = new();
        fixture.Store.Put(s_key, Raw("v"));
        await GoesTheLongWay(fixture, ImmediateGetFixture.Request(body), body, what);
    }

    [Fact]
    public async Task A_body_that_is_not_at_its_end_goes_the_long_way()
    {
        using ImmediateGetFixture fixture = new();
        fixture.Store.Put(s_key, Raw("v"));
        await GoesTheLongWay(
            fixture, ImmediateGetFixture.Request(OrdinaryBody, ends: false), OrdinaryBody, "an open body");
        DefaultHttpContext nothingYet = ImmediateGetFixture.Request([], ends: false);
        Assert.False(await fixture.AnswersAsync(nothingYet));
    }

    [Fact]
    public async Task A_body_in_two_pieces_goes_the_long_way()
    {
        // The first piece is a whole request.
        const int PieceLength = 4096;
        using ImmediateGetFixture fixture = new();
        byte[] key = new byte[PieceLength - 8];
        fixture.Store.Put(key, Raw("v"));
        byte[] body = [0, 0, 0, 0x0F, 0xFB, 0x0A, 0xF8, 0x1F, .. key, 0];
        DefaultHttpContext http = ImmediateGetFixture.Request(body, pieceLength: PieceLength);
        await GoesTheLongWay(fixture, http, body, "something behind the first piece");
        Assert.True(await fixture.AnswersAsync(ImmediateGetFixture.Request(body[..^1], pieceLength: PieceLength)));
    }

    public static TheoryData<string, Action<HttpRequest>> RequestsOfTheLongWay() => new()
    {
        { "another method", request => request.Path = "/kevo.KevoService/TxGet" },
        { "another spelling", request => request.Path = "/kevo.KevoService/get" },
        { "no POST", request => request.Method = "GET" },
        { "another content", request => request.ContentType = "application/json" },
        { "a content that is named at length", request => request.ContentType = "application/grpc+proto" },
        { "a wish", request => request.Headers["kevo-min-sequence"] = "1" },
        { "an empty wish", request => request.Headers["kevo-min-sequence"] = "" },
    };

    [Theory]
    [MemberData(nameof(RequestsOfTheLongWay))]
    public async Task Another_request_goes_the_long_way(string what, Action<HttpRequest> change)
    {
        ArgumentNullException.ThrowIfNull(change);
        using ImmediateGetFixture fixture = new();
        fixture.Store.Put(s_key, Raw("v"));
        DefaultHttpContext http = ImmediateGetFixture.RequestFor(s_key);
        change(http.Request);
        await GoesTheLongWay(fixture, http, OrdinaryBody, what);
    }

    [Theory]
    [InlineData(5.0, true)]
    [InlineData(5.1, false)]
    [InlineData(null, false)]
    public async Task A_read_beyond_the_staleness_limit_goes_the_long_way(double? staleness, bool answered)
    {
        using ImmediateGetFixture fixture = new(maxStaleness: TimeSpan.FromSeconds(5));
        TimeSpan? lag = staleness is double seconds ? TimeSpan.FromSeconds(seconds) : null;
        fixture.Status.Report = fixture.Status.Report with { Lag = fixture.Status.Report.Lag with { Time = lag } };
        Assert.Equal(answered, await fixture.AnswersAsync(ImmediateGetFixture.RequestFor(s_key)));
    }

    [Fact]
    public async Task A_call_beyond_the_rate_goes_the_long_way()
    {
        using ImmediateGetFixture fixture = new(maxRequestsPerSecond: 1);
        Assert.True(await fixture.AnswersAsync(ImmediateGetFixture.RequestFor(s_key)));
        Assert.False(await fixture.AnswersAsync(ImmediateGetFixture.RequestFor(s_key)));
        Assert.Equal(1, fixture.Statistics[RpcKind.Get].Count);
        Assert.Equal(0, fixture.Statistics.RateRefusals);
    }

    [Fact]
    public async Task A_call_to_a_server_that_stops_goes_the_long_way()
    {
        using ImmediateGetFixture fixture = new();
        fixture.Boundary.Stop();
        await GoesTheLongWay(fixture, ImmediateGetFixture.RequestFor(s_key), OrdinaryBody, "stopping");
    }

    [Fact]
    public async Task A_call_that_is_to_be_traced_goes_the_long_way()
    {
        using ImmediateGetFixture fixture = new();
        using ActivityListener listener = new()
        {
            ShouldListenTo = source => source.Name == SpanTable.SourceName,
        };
        ActivitySource.AddActivityListener(listener);
        await GoesTheLongWay(fixture, ImmediateGetFixture.RequestFor(s_key), OrdinaryBody, "traced");
    }

    [Fact]
    public async Task A_large_value_goes_the_long_way()
    {
        using ImmediateGetFixture fixture = new();
        fixture.Store.Put(s_key, new byte[65537]);
        await GoesTheLongWay(fixture, ImmediateGetFixture.RequestFor(s_key), OrdinaryBody, "a large value");
    }

    [Fact]
    public async Task An_error_of_the_store_goes_the_long_way()
    {
        using ImmediateGetFixture fixture = new();
        fixture.Store.ReadFailure = new StorageException(StorageFault.Corrupt, "table 7.sst, block at 4096: checksum");
        await GoesTheLongWay(fixture, ImmediateGetFixture.RequestFor(s_key), OrdinaryBody, "a damaged block");
        fixture.Store.ReadFailure = new ObjectDisposedException("store");
        await GoesTheLongWay(fixture, ImmediateGetFixture.RequestFor(s_key), OrdinaryBody, "a closed store");
        fixture.Store.ReadFailure = null;
        fixture.Store.MaxSnapshots = 0;
        await GoesTheLongWay(fixture, ImmediateGetFixture.RequestFor(s_key), OrdinaryBody, "no snapshot left");
    }

    [Fact]
    public async Task A_client_that_went_away_is_the_business_of_the_long_way()
    {
        using ImmediateGetFixture fixture = new();
        foreach (Exception gone in new Exception[] { new IOException("reset"), new OperationCanceledException() })
        {
            DefaultHttpContext http = ImmediateGetFixture.Request([]);
            Pipe body = new();
            await body.Writer.CompleteAsync(gone);
            http.Request.Body = body.Reader.AsStream();
            http.Features.Set<IRequestBodyPipeFeature>(new FailingBody(body.Reader));
            Assert.False(await fixture.AnswersAsync(http));
        }
    }

    [Fact]
    public async Task A_client_cannot_tell_which_way_its_call_went()
    {
        await using ServerFixture server = await ServerFixture.StartAsync();
        server.Store.Put(s_key, Raw("v"));
        using HttpClient client = new();
        string longWay = await Exchange(client, server, "application/grpc+proto");

        // Which way a call goes depends on whether its body comes in time: most of these go the short one.
        for (int call = 0; call < 20; call++)
        {
            Assert.Equal(longWay, await Exchange(client, server, "application/grpc"));
        }
    }

    private static byte[] OrdinaryBody => [0, 0, 0, 0, 3, 0x0A, 1, (byte)'k'];

    private static async Task GoesTheLongWay(
        ImmediateGetFixture fixture, DefaultHttpContext http, byte[] body, string what)
    {
        Assert.False(await fixture.AnswersAsync(http), what);
        ReadResult left = await http.Request.BodyReader.ReadAsync().AsTask().WaitAsync(Patience);
        Assert.Equal(body, left.Buffer.ToArray());
        Assert.Empty(http.Response.Headers);
        Assert.Empty(http.Features.Get<IHttpResponseTrailersFeature>()!.Trailers);
        Assert.Equal(0, http.Response.Body.Length);
        Assert.Equal(0, fixture.Statistics[RpcKind.Get].Count);
        Assert.Equal(0, fixture.Statistics[RpcKind.Get].Active);
        Assert.Equal(0, fixture.Statistics.BytesSent);
        Assert.Equal(0, fixture.Store.OpenSnapshots);
    }

    private static GetResponse AnswerIn(DefaultHttpContext http)
    {
        byte[] body = ((MemoryStream)http.Response.Body).ToArray();
        Assert.Equal(0, body[0]);
        Assert.Equal(body.Length - 5, BinaryPrimitives.ReadInt32BigEndian(body.AsSpan(1)));
        GetResponse answer = GetResponse.Parser.ParseFrom(body.AsSpan(5));
        Assert.Equal(answer.CalculateSize(), body.Length - 5);
        return answer;
    }

    /// <summary>Everything that comes back for an ordinary request, as text.</summary>
    private static async Task<string> Exchange(HttpClient client, ServerFixture server, string contentType)
    {
        using HttpRequestMessage request = new(HttpMethod.Post, $"http://{server.Server.Address}/kevo.KevoService/Get")
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = new ByteArrayContent(OrdinaryBody),
        };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue(contentType);
        using HttpResponseMessage response = await client.SendAsync(request).WaitAsync(Patience);
        byte[] body = await response.Content.ReadAsByteArrayAsync();
        response.Headers.Date = null;
        return $"{response}\n{Convert.ToHexString(body)}";
    }

    private sealed record FailingBody(PipeReader Reader) : IRequestBodyPipeFeature;
}
