namespace Kevo.Fuzz.Engine;

/// <summary>What came of a run.</summary>
/// <param name="Inputs">Inputs that were run.</param>
/// <param name="Signatures">Different kinds of outcome seen.</param>
/// <param name="RunHash">All inputs and outcomes in one number: equal for equal seeds.</param>
/// <param name="Finding">What was found, if anything; the run ends there.</param>
public sealed record FuzzReport(int Inputs, int Signatures, ulong RunHash, FuzzFinding? Finding);
