namespace Kevo.Core;

/// <summary>How far a piece of long work is. Reported often; whoever shows it decides how often that is.</summary>
/// <param name="Stage">What is being done, in a few words, such as "reading the log".</param>
/// <param name="Done">What is done, in the same unit as <paramref name="Total"/>.</param>
/// <param name="Total">All of it; 0 when that is not known.</param>
public readonly record struct WorkProgress(string Stage, long Done, long Total);
