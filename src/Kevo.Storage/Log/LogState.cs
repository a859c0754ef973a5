namespace Kevo.Storage.Log;

/// <summary>What the writer of a log may do next.</summary>
internal enum LogState
{
    /// <summary>No epoch has begun: only that.</summary>
    NoEpoch,

    /// <summary>A frame is open, perhaps still empty.</summary>
    Open,

    /// <summary>The frame is complete and waits for its sync.</summary>
    Sealed,

    /// <summary>A step failed and took the open frame with it; it must be discarded first.</summary>
    Broken,

    /// <summary>A sync failed: nothing, ever.</summary>
    Failed,

    /// <summary>Closed by its owner.</summary>
    Disposed,
}
