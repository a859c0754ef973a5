using Kevo.Replica.Configuration;

namespace Kevo.Replica.Completion;

/// <summary>Judges what a shell may offer.</summary>
internal static class ValueKinds
{
    /// <summary>What may follow the flag of a setting.</summary>
    public static ValueKind Of(Setting setting) => setting switch
    {
        { IsSwitch: true } => ValueKind.None,
        { Choices.Count: > 0 } => ValueKind.Words,
        { ValueName: "FILE" } => ValueKind.File,
        { ValueName: "DIR" } => ValueKind.Directory,
        _ => ValueKind.Any,
    };
}
