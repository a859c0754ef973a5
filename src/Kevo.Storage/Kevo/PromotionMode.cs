namespace Kevo.Storage.Kevo;

/// <summary>How tables get into a promoted directory.</summary>
public enum PromotionMode
{
    /// <summary>By a second name for the same file, or by a copy where the file system cannot do that.</summary>
    Link,

    /// <summary>By a copy.</summary>
    Copy,

    /// <summary>
    /// Merged into few new tables without old versions and tombstones. Takes longest; stock's lookups, which go through
    /// every table, are fastest then.
    /// </summary>
    Rewrite,
}
