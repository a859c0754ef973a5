using Kevo.Core;

namespace Kevo.Replication.Follow;

/// <summary>A judged failure.</summary>
/// <param name="Kind">The name under which log, metrics, status and exit code speak of it.</param>
/// <param name="Decision">What the loop does about it.</param>
/// <param name="Error">The error for the user: what happened, where, what to do. The original is inside it.</param>
public readonly record struct Failure(ErrorKind Kind, FailureDecision Decision, KevoException Error);
