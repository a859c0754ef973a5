using System.Net.Http;
using System.Net.Sockets;
using System.Security.Authentication;
using Grpc.Core;
using Kevo.Core;

namespace Kevo.Replication.Follow;

/// <summary>The one function that says what a failure is and what follows from it.</summary>
public static class FailureJudge
{
    /// <summary>Judges <paramref name="error"/>.</summary>
    /// <param name="error">What was thrown on the way of the data.</param>
    /// <param name="failure">Kind, decision and the error for the user.</param>
    /// <returns>
    /// False for an exception that no failure of peer, network or disk explains: a bug, or a cancellation, which the
    /// caller lets pass.
    /// </returns>
    public static bool TryJudge(Exception error, out Failure failure)
    {
        KevoException? judged = error switch
        {
            KevoException own => own,
            RpcException call => FromStatus(call),
            HttpRequestException or IOException or SocketException or AuthenticationException =>
                ConnectionFailure(error),
            TimeoutException => new ConnectionException($"The primary did not answer in time: {error.Message}", error),
            _ => null,
        };
        failure = judged is null ? default : new Failure(judged.Kind, Decide(judged), judged);
        return judged is not null;
    }

    /// <summary>
    /// Judges what an acknowledgement or negative acknowledgement answered when it said success=false.
    /// </summary>
    /// <param name="call">The call's name, for the message.</param>
    /// <param name="sequence">The sequence it was about.</param>
    /// <param name="text">The primary's message.</param>
    public static KevoException FromRefusal(string call, ulong sequence, string text)
    {
        string what = $"{call} of sequence {sequence} was refused by the primary: \"{text}\".";
        if (text.Contains("WAL is closed", StringComparison.Ordinal))
        {
            return new RetentionException($"{what} {Rotated}");
        }

        if (text.Contains("larger than max", StringComparison.Ordinal))
        {
            return new RetentionException($"{what} {TooLargeToSend}");
        }

        if (text.Contains("no entries found", StringComparison.Ordinal))
        {
            return new GapException(
                $"{what} The primary does not have it; check whether it was restored or lost history.");
        }

        // "Unknown session", "session <id> not found", "Session not found": the primary forgot us; a new session helps.
        return text.Contains("session", StringComparison.OrdinalIgnoreCase)
            ? new ConnectionException($"{what} The session is gone; it is opened again.")
            : new ProtocolException($"{what} The session is opened again.");
    }

    /// <summary>Whether the error says that there was no answer, rather than a bad one.</summary>
    internal static bool IsTimeout(KevoException error) =>
        error.InnerException is OperationCanceledException or RpcException { StatusCode: StatusCode.Cancelled };

    /// <summary>Whether the error of a call says that it reached nobody.</summary>
    internal static bool IsUnreachable(Exception error) => error
        is RpcException { StatusCode: StatusCode.Unavailable or StatusCode.Internal, Status.DebugException: not null }
        or HttpRequestException or IOException or SocketException or AuthenticationException or ConnectionException;

    /// <summary>Whether the error says that a stock primary has rotated its log.</summary>
    internal static bool IsRotation(KevoException error) => error.Message.Contains(Rotated, StringComparison.Ordinal);

    private const string Rotated =
        "Its write-ahead log was rotated, after which a stock primary sends nothing more until it is restarted; "
        + "resynchronise from a snapshot, or restart the primary.";

    private const string TooLargeToSend =
        "It cannot send this part of its history in one message of at most 16 MiB; resynchronise from a snapshot.";

    private static FailureDecision Decide(KevoException error) => error.Kind switch
    {
        ErrorKind.Connection or ErrorKind.Protocol or ErrorKind.Compression or ErrorKind.Gap =>
            FailureDecision.Reconnect,
        ErrorKind.Retention or ErrorKind.Divergence => FailureDecision.Resync,
        ErrorKind.Storage or ErrorKind.Configuration => FailureDecision.Stop,
        _ => throw new ArgumentOutOfRangeException(nameof(error), error.Kind, "An error kind without a decision."),
    };

    private static KevoException FromStatus(RpcException call)
    {
        string detail = call.Status.Detail;
        return call.StatusCode switch
        {
            StatusCode.OutOfRange => new RetentionException(
                $"The primary no longer has the history this node needs: {detail} Start this node with "
                + "--on-divergence resync, which begins anew with a snapshot and sets aside what is held, or into an "
                + "empty directory.",
                call),
            StatusCode.FailedPrecondition => new DivergenceException(
                $"The primary's history is not the one this node holds: {detail}", call),
            StatusCode.Unimplemented => new ConnectionException(
                "There is a gRPC server at the primary's address, but it does not serve replication "
                + $"({detail}). Give the replication port (default 50052), not the client port.",
                call,
                ConnectionFault.WrongPeer),
            StatusCode.ResourceExhausted when detail.Contains("trying to send", StringComparison.Ordinal) =>
                new RetentionException($"The primary ended the stream: {detail}. {TooLargeToSend}", call),
            StatusCode.ResourceExhausted when detail.StartsWith("this relay", StringComparison.Ordinal) =>
                new ConnectionException($"The relay refuses the call for now: {detail}.", call),
            StatusCode.ResourceExhausted => new ProtocolException(
                $"A message from the primary is larger than this node accepts ({detail}). Raise the limit on received "
                + "messages.", call),
            StatusCode.Unknown when detail.Contains("WAL is closed", StringComparison.Ordinal) =>
                new RetentionException($"The primary refused the stream: {detail}. {Rotated}", call),
            StatusCode.Unavailable or StatusCode.Cancelled or StatusCode.DeadlineExceeded or StatusCode.Aborted
                or StatusCode.Internal => ConnectionFailure(call),
            StatusCode.Unauthenticated or StatusCode.PermissionDenied => new ConnectionException(
                $"The primary refuses this node ({call.StatusCode}): {detail} Check the client certificate.",
                call,
                ConnectionFault.CertificateRefused),
            _ => new ProtocolException($"The primary ended the call with {call.StatusCode}: {detail}", call),
        };
    }

    private static ConnectionException ConnectionFailure(Exception error) =>
        new($"The connection to the primary failed: {Innermost(error)}", error);

    /// <summary>
    /// The text of the cause at the bottom, which names the errno or the TLS alert; wrappers only repeat it.
    /// </summary>
    private static string Innermost(Exception error)
    {
        Exception at = (error as RpcException)?.Status.DebugException ?? error;
        while (at.InnerException is { } inner)
        {
            at = inner;
        }

        return at is RpcException call ? $"{call.StatusCode}: {call.Status.Detail}" : at.Message;
    }
}
