namespace Kevo.Storage.Memtable;

/// <summary>What a memtable knows of a key.</summary>
internal enum MemtableHit
{
    /// <summary>Nothing: older sources decide.</summary>
    Unknown,

    /// <summary>The key has a value.</summary>
    Put,

    /// <summary>The key was deleted; older sources must not be asked.</summary>
    Deleted,
}
