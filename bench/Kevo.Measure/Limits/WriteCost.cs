namespace Kevo.Measure.Limits;

/// <summary>What a durable write took.</summary>
/// <param name="BytesPerSecond">By the clock.</param>
/// <param name="ProcessorNanoseconds">
/// Of each byte: copying it into the page cache, giving it to the disk, waiting for it.
/// </param>
public readonly record struct WriteCost(double BytesPerSecond, double ProcessorNanoseconds);
