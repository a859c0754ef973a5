namespace Kevo.Storage.Tables;

/// <summary>What a table says about a key.</summary>
public enum TableLookup
{
    /// <summary>Nothing; ask an older table.</summary>
    Absent,

    /// <summary>The key has a value (possibly an empty one).</summary>
    Found,

    /// <summary>The key is deleted; older tables must not be asked.</summary>
    Tombstone,
}
