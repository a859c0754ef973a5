namespace Kevo.Storage.Kevo;

/// <summary>What a promotion made and proved.</summary>
public sealed record PromotionReport
{
    /// <summary>The directory that was made.</summary>
    public required string Directory { get; init; }

    /// <summary>Tables that got a second name.</summary>
    public required int LinkedTables { get; init; }

    /// <summary>Tables that were copied.</summary>
    public required int CopiedTables { get; init; }

    /// <summary>Tables that were written anew, the tail's included.</summary>
    public required int WrittenTables { get; init; }

    /// <summary>Bytes of all tables.</summary>
    public required long TableBytes { get; init; }

    /// <summary>
    /// Live keys, each of which was read back by stock's Scan and by stock's Get with the right value.
    /// </summary>
    public required long VerifiedKeys { get; init; }

    /// <summary>
    /// Keys among them over 4096 bytes: they are there, but stock refuses a Get of them over the network.
    /// </summary>
    public required long KeysOverClientLimit { get; init; }

    /// <summary>The command that starts stock Kevo on the directory.</summary>
    public required string CommandLine { get; init; }
}
