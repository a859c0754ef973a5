using System.Net.Http;
using System.Net.Sockets;
using System.Security.Authentication;
using Grpc.Core;
using Kevo.Core;
using Kevo.Replication.Follow;

namespace Kevo.Replication.Tests.Follow;

public sealed class FailureJudgeTests
{
    private const string Closed =
        "failed to send initial entries: failed to get WAL entries: failed to get WAL entries: WAL is closed";

    private const string TooLarge = "trying to send message larger than max (19968170 vs. 16777216)";

    public static TheoryData<string, Exception, ErrorKind, FailureDecision> Table() => new()
    {
        { "connection", new ConnectionException("x"), ErrorKind.Connection, FailureDecision.Reconnect },
        { "protocol", new ProtocolException("x"), ErrorKind.Protocol, FailureDecision.Reconnect },
        { "compression", new CompressionException("x"), ErrorKind.Compression, FailureDecision.Reconnect },
        { "gap", new GapException("x"), ErrorKind.Gap, FailureDecision.Reconnect },
        { "retention", new RetentionException("x"), ErrorKind.Retention, FailureDecision.Resync },
        { "divergence", new DivergenceException("x"), ErrorKind.Divergence, FailureDecision.Resync },
        { "storage", new StorageException(StorageFault.SyncFailed, "x"), ErrorKind.Storage, FailureDecision.Stop },
        { "configuration", new ConfigurationException("x"), ErrorKind.Configuration, FailureDecision.Stop },
        { "unavailable", Status(StatusCode.Unavailable, "connection refused"), ErrorKind.Connection,
            FailureDecision.Reconnect },
        { "cancelled", Status(StatusCode.Cancelled, "c"), ErrorKind.Connection, FailureDecision.Reconnect },
        { "late", Status(StatusCode.DeadlineExceeded, "d"), ErrorKind.Connection, FailureDecision.Reconnect },
        { "aborted", Status(StatusCode.Aborted, "a"), ErrorKind.Connection, FailureDecision.Reconnect },
        { "internal", Status(StatusCode.Internal, "i"), ErrorKind.Connection, FailureDecision.Reconnect },
        { "out of range", Status(StatusCode.OutOfRange, "gone"), ErrorKind.Retention, FailureDecision.Resync },
        { "precondition", Status(StatusCode.FailedPrecondition, "epoch"), ErrorKind.Divergence,
            FailureDecision.Resync },
        { "wrong service", Status(StatusCode.Unimplemented, "unknown service"), ErrorKind.Connection,
            FailureDecision.Reconnect },
        { "too large to send", Status(StatusCode.ResourceExhausted, TooLarge), ErrorKind.Retention,
            FailureDecision.Resync },
        { "too large to receive", Status(StatusCode.ResourceExhausted, "Received message exceeds"), ErrorKind.Protocol,
            FailureDecision.Reconnect },
        { "a limit of a relay", Status(StatusCode.ResourceExhausted, "this relay serves 1 streams already"),
            ErrorKind.Connection, FailureDecision.Reconnect },
        { "rotated", Status(StatusCode.Unknown, Closed), ErrorKind.Retention, FailureDecision.Resync },
        { "unknown", Status(StatusCode.Unknown, "?"), ErrorKind.Protocol, FailureDecision.Reconnect },
        { "bad argument", Status(StatusCode.InvalidArgument, "listener_address is required"), ErrorKind.Protocol,
            FailureDecision.Reconnect },
        { "data loss", Status(StatusCode.DataLoss, "?"), ErrorKind.Protocol, FailureDecision.Reconnect },
        { "refused", Status(StatusCode.Unauthenticated, "who"), ErrorKind.Connection, FailureDecision.Reconnect },
        { "forbidden", Status(StatusCode.PermissionDenied, "no"), ErrorKind.Connection, FailureDecision.Reconnect },
        { "socket", new IOException("broken", new SocketException(104)), ErrorKind.Connection,
            FailureDecision.Reconnect },
        { "http", new HttpRequestException("bad"), ErrorKind.Connection, FailureDecision.Reconnect },
        { "tls", new AuthenticationException("untrusted"), ErrorKind.Connection, FailureDecision.Reconnect },
        { "timeout", new TimeoutException("late"), ErrorKind.Connection, FailureDecision.Reconnect },
    };

    [Theory]
    [MemberData(nameof(Table))]
    public void Each_failure_has_its_kind_and_its_decision(
        string name, Exception error, ErrorKind kind, FailureDecision decision)
    {
        Assert.True(FailureJudge.TryJudge(error, out Failure failure), name);
        Assert.Equal((kind, decision), (failure.Kind, failure.Decision));
        Assert.Equal(kind, failure.Error.Kind);
        Assert.NotEmpty(failure.Error.Message);
    }

    [Fact]
    public void The_innermost_cause_of_a_lost_connection_is_in_the_message()
    {
        RpcException call = new(new Status(
            StatusCode.Unavailable, "wrapper", new HttpRequestException("wrapper", new SocketException(111))));
        Assert.True(FailureJudge.TryJudge(call, out Failure failure));
        Assert.Contains("Connection refused", failure.Error.Message, StringComparison.Ordinal);
        Assert.Same(call, failure.Error.InnerException);
    }

    [Fact]
    public void Bugs_and_cancellations_are_not_judged()
    {
        Assert.False(FailureJudge.TryJudge(new InvalidOperationException(), out _));
        Assert.False(FailureJudge.TryJudge(new OperationCanceledException(), out _));
        Assert.False(
            FailureJudge.TryJudge(new IllegalTransitionException(ReplicaState.Error, ReplicaState.Error), out _));
    }

    [Theory]
    [InlineData("Unknown session", ErrorKind.Connection)]
    [InlineData("session replica-1 not found", ErrorKind.Connection)]
    [InlineData("Session not found", ErrorKind.Connection)]
    [InlineData("Failed to resend entries: no entries found from sequence 12", ErrorKind.Gap)]
    [InlineData("Failed to resend entries: failed to get WAL entries: WAL is closed", ErrorKind.Retention)]
    [InlineData("rpc error: code = ResourceExhausted desc = trying to send message larger than max (1 vs. 0)",
        ErrorKind.Retention)]
    [InlineData("something new", ErrorKind.Protocol)]
    public void A_refused_call_is_told_apart_by_its_text(string text, ErrorKind kind)
    {
        KevoException error = FailureJudge.FromRefusal("Acknowledgement", 12, text);
        Assert.Equal(kind, error.Kind);
        Assert.Contains("12", error.Message, StringComparison.Ordinal);
        Assert.Contains(text, error.Message, StringComparison.Ordinal);
    }

    private static RpcException Status(StatusCode code, string detail) => new(new Status(code, detail));
}
