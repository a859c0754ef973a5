using Kevo.Core;

namespace Kevo.Storage.Log;

/// <summary>One segment of a log as those who decide on deletion see it.</summary>
/// <param name="First">The position its first transaction has, or will have.</param>
/// <param name="Last">The last durable position in it; one below <paramref name="First"/> while it has none.</param>
/// <param name="Bytes">Bytes of its file.</param>
public readonly record struct LogSegment(LogPosition First, LogPosition Last, long Bytes);
