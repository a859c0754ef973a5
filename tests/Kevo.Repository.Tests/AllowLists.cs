namespace Kevo.Repository.Tests;

/// <summary>The exceptions from the rules, each with its reason. Short lists are good lists.</summary>
public static class AllowLists
{
    /// <summary>Files in src/ that may catch every exception.</summary>
    public static IReadOnlyList<AllowedFile> CatchEverything { get; } =
    [
        new("src/kevo-replica/Commands/CommandLine.cs",
            "The last boundary: a failure becomes one line and an exit code."),
        new("src/Kevo.Server/Reads/RpcBoundary.cs",
            "Every error of a client call becomes a gRPC status here; what is not foreseen is logged as a defect."),
    ];

    /// <summary>Files outside Kevo.Platform that may use unchecked access.</summary>
    public static IReadOnlyList<AllowedFile> Native { get; } = [];

    /// <summary>Files in src/ that may block a thread on a task.</summary>
    public static IReadOnlyList<AllowedFile> BlockingWaits { get; } = [];

    /// <summary>Every file named in a list.</summary>
    public static IEnumerable<AllowedFile> All => [.. CatchEverything, .. Native, .. BlockingWaits];
}
