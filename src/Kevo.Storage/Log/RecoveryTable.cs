using Kevo.Core;

namespace Kevo.Storage.Log;

/// <summary>The recovery table: one decision per situation.</summary>
public static class RecoveryTable
{
    /// <summary>What opening a log does about a situation.</summary>
    public static RecoveryDecision Decide(RecoveryCase situation) => situation switch
    {
        RecoveryCase.EmptyDirectory => RecoveryDecision.Accept,
        RecoveryCase.LeftoverTemporaryFile => RecoveryDecision.Cut,
        RecoveryCase.CleanEnd => RecoveryDecision.Accept,
        RecoveryCase.ZeroTail => RecoveryDecision.Accept,
        RecoveryCase.RecycledTail => RecoveryDecision.Accept,
        RecoveryCase.TornTail => RecoveryDecision.Cut,
        RecoveryCase.UncutSegment => RecoveryDecision.Cut,
        RecoveryCase.BadFrameBeforeValidFrame => RecoveryDecision.Stop,
        RecoveryCase.MalformedFrame => RecoveryDecision.Stop,
        RecoveryCase.TruncatedSegment => RecoveryDecision.Stop,
        RecoveryCase.UnclosedSegment => RecoveryDecision.Stop,
        RecoveryCase.HoleBetweenSegments => RecoveryDecision.Stop,
        RecoveryCase.WrongEpoch => RecoveryDecision.Stop,
        RecoveryCase.UnknownVersion => RecoveryDecision.Stop,
        RecoveryCase.ShortHeader => RecoveryDecision.Stop,
        RecoveryCase.MissingHeader => RecoveryDecision.Stop,
        RecoveryCase.CorruptHeader => RecoveryDecision.Stop,
        RecoveryCase.MisnamedSegment => RecoveryDecision.Stop,
        RecoveryCase.ForeignFile => RecoveryDecision.Stop,
        RecoveryCase.HoleAfterCheckpoint => RecoveryDecision.Stop,
        RecoveryCase.EndBeforeCheckpoint => RecoveryDecision.Stop,
        RecoveryCase.CheckpointInLaterEpoch => RecoveryDecision.Accept,
        RecoveryCase.CheckpointInEarlierEpoch => RecoveryDecision.Stop,
        _ => throw new ArgumentOutOfRangeException(nameof(situation), situation, "No row for this situation."),
    };

    /// <summary>The error with which opening stops.</summary>
    internal static StorageException Stop(RecoveryFinding finding) => new(
        finding.Case == RecoveryCase.UnknownVersion ? StorageFault.UnknownVersion : StorageFault.Corrupt,
        $"The log cannot be opened: {finding.Case} in {finding.Path} at byte {finding.Offset}: {finding.Detail} "
        + $"Nothing was changed. {Advice(finding.Case)}",
        finding.Path);

    private static string Advice(RecoveryCase situation) => situation switch
    {
        RecoveryCase.UnknownVersion =>
            "Use the version of this program that wrote it, or start with an empty directory.",
        RecoveryCase.ForeignFile => "Move the file out of the directory.",
        _ => "Keep a copy of the directory, check the disk, and resynchronise this node from its primary into an "
            + "empty one.",
    };
}
