namespace Kevo.Storage.Tests.Store;

/// <summary>What goes wrong in a <see cref="StoreRun"/>.</summary>
public enum StoreTrouble
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>The power fails before random calls.</summary>
    PowerCuts,

    /// <summary>Random calls fail: full disk, I/O error, failed sync.</summary>
    FailingCalls,

    /// <summary>Either.</summary>
    Both,
}
