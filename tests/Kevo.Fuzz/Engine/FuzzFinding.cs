namespace Kevo.Fuzz.Engine;

/// <summary>An input that made a target do what it must not do.</summary>
/// <param name="Number">Which input of the run it was, from 0.</param>
/// <param name="Input">The bytes, made as small as possible.</param>
/// <param name="Error">What happened.</param>
public sealed record FuzzFinding(int Number, byte[] Input, Exception Error);
