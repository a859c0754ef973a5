namespace Kevo.Storage;

/// <summary>
/// A readable store whose content can be replaced as a whole: what snapshots of a primary are applied to.
/// </summary>
public interface IRebuildableStore : IEpochApplier, IKeyValueStore
{
    /// <summary>Starts to build content that will replace the present one. The caller commits or disposes it.</summary>
    IStoreRebuild BeginRebuild();
}
