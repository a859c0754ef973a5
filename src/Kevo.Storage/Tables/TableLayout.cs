namespace Kevo.Storage.Tables;

/// <summary>What the keys of a table's index say about its blocks.</summary>
internal enum TableLayout
{
    /// <summary>At or behind the last key of the block, before the first key of the next: what we write.</summary>
    LastKeys,

    /// <summary>The first key of the block: what stock writes.</summary>
    FirstKeys,
}
