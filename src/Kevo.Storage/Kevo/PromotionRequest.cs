using Kevo.Core;
using Kevo.Storage.Tables;

namespace Kevo.Storage.Kevo;

/// <summary>What is to be promoted, and where to.</summary>
public sealed record PromotionRequest
{
    /// <summary>The directory to make. It must not exist, or be empty.</summary>
    public required string TargetDirectory { get; init; }

    /// <summary>
    /// The absolute path under which stock will find the directory, if it is not the target's own: the manifest holds
    /// absolute paths, so a directory that is moved afterwards must be made for its final place.
    /// </summary>
    public string? FinalDirectory { get; init; }

    /// <summary>Our tables that make up the content, oldest first: later ones shadow earlier ones.</summary>
    public required IReadOnlyList<string> TablesOldestFirst { get; init; }

    /// <summary>
    /// Entries newer than all tables, tombstones included; null for none. Is walked several times through
    /// <see cref="IOrderedCursor.Seek"/>; stays the caller's.
    /// </summary>
    public IOrderedCursor? Tail { get; init; }

    /// <summary>How tables get there. Default <see cref="PromotionMode.Link"/>.</summary>
    public PromotionMode Mode { get; init; }

    /// <summary>The creation time put into new tables, in Unix nanoseconds.</summary>
    public long CreatedUnixNanoseconds { get; init; }

    /// <summary>Hears how far it is: tables placed, then keys verified; nobody when null.</summary>
    public IProgress<WorkProgress>? Progress { get; init; }

    /// <summary>Bytes at which <see cref="PromotionMode.Rewrite"/> begins another table. Default 1 GiB.</summary>
    public long RewrittenTableBytes
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfNegativeOrZero(value);
            field = value;
        }
    } = 1L << 30;
}
