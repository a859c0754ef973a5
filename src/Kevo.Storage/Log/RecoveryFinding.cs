namespace Kevo.Storage.Log;

/// <summary>One thing that opening or inspecting a log found.</summary>
/// <param name="Case">The situation.</param>
/// <param name="Path">The file or directory it concerns.</param>
/// <param name="Offset">Bytes from the start of the file; 0 when the whole file is meant.</param>
/// <param name="Detail">What was found there, as a sentence for the operator.</param>
public sealed record RecoveryFinding(RecoveryCase Case, string Path, long Offset, string Detail)
{
    /// <summary>What opening does about it.</summary>
    public RecoveryDecision Decision => RecoveryTable.Decide(Case);

    /// <summary>Case, place and detail in one line.</summary>
    public override string ToString() => $"{Case} ({Decision}) in {Path} at byte {Offset}: {Detail}";
}
