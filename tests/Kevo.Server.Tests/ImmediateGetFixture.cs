using System.IO.Pipelines;
using Kevo.Core;
using Kevo.Server.Consistency;
using Kevo.Server.Metrics;
using Kevo.Server.Reads;
using Kevo.Testing;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace Kevo.Server.Tests;

/// <summary>The short way of a Get over a store in memory, without a socket: one request at a time.</summary>
internal sealed class ImmediateGetFixture : IDisposable
{
    private readonly FakeTimeProvider _time = new();
    private readonly ReplicaMetrics _metrics;
    private readonly ImmediateGet _get;

    public ImmediateGetFixture(TimeSpan? maxStaleness = null, int maxRequestsPerSecond = 0)
    {
        _metrics = new ReplicaMetrics("test", _time);
        Boundary = new RpcBoundary(
            new RequestRate(maxRequestsPerSecond, _time), Statistics, _metrics, _time, NullLogger.Instance);
        _get = new ImmediateGet(
            Store,
            new ReadConsistency(Store, Status, new ConsistencyLimits { MaxStaleness = maxStaleness }, _time),
            Boundary,
            Statistics);
    }

    public MemoryStore Store { get; } = new();

    public TestStatus Status { get; } = new();

    public RpcStatistics Statistics { get; } = new();

    public RpcBoundary Boundary { get; }

    /// <summary>An ordinary request for a key, framed as it should be, whose body is at its end.</summary>
    public static DefaultHttpContext RequestFor(byte[] key) =>
        Request(key.Length < 0x80
            ? [0, 0, 0, 0, (byte)(2 + key.Length), 0x0A, (byte)key.Length, .. key]
            :
            [
                0, 0, 0, (byte)((3 + key.Length) >> 8), (byte)(3 + key.Length),
                0x0A, (byte)(key.Length | 0x80), (byte)(key.Length >> 7), .. key,
            ]);

    /// <summary>An ordinary request but for its body, which lies in memory in pieces of a length.</summary>
    public static DefaultHttpContext Request(byte[] body, bool ends = true, int pieceLength = 16384)
    {
        Pipe pipe = new(new PipeOptions(minimumSegmentSize: pieceLength));
        pipe.Writer.WriteAsync(body).AsTask().GetAwaiter().GetResult();
        if (ends)
        {
            pipe.Writer.Complete();
        }

        DefaultHttpContext http = new();
        http.Request.Method = "POST";
        http.Request.Path = "/kevo.KevoService/Get";
        http.Request.ContentType = "application/grpc";
        http.Features.Set<IRequestBodyPipeFeature>(new BodyPipe(pipe.Reader));
        http.Features.Set<IHttpResponseTrailersFeature>(new ResponseTrailers());
        http.Response.Body = new MemoryStream();
        return http;
    }

    /// <summary>Runs a request; true when it was answered, false when it was handed on.</summary>
    public async Task<bool> AnswersAsync(DefaultHttpContext http)
    {
        bool answered = true;
        await _get.InvokeAsync(http, _ =>
        {
            answered = false;
            return Task.CompletedTask;
        });
        await http.Response.BodyWriter.FlushAsync();
        return answered;
    }

    public void Dispose() => _metrics.Dispose();

    private sealed record BodyPipe(PipeReader Reader) : IRequestBodyPipeFeature;

    private sealed class ResponseTrailers : IHttpResponseTrailersFeature
    {
        public IHeaderDictionary Trailers { get; set; } = new HeaderDictionary();
    }
}
