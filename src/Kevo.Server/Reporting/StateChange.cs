namespace Kevo.Server.Reporting;

/// <summary>One change of the follower's state.</summary>
/// <param name="At">When it happened.</param>
/// <param name="From">The state left.</param>
/// <param name="To">The state entered.</param>
/// <param name="Reason">Why, in a few words; empty for the ordinary course of events.</param>
public sealed record StateChange(DateTimeOffset At, string From, string To, string Reason);
