using Kevo.Storage.Compaction;

namespace Kevo.Storage.Store;

/// <summary>One run as the checkpoint lists it.</summary>
/// <param name="NewKeys">See <see cref="SortedRun.NewKeys"/>.</param>
/// <param name="Tables">Its tables in key order.</param>
internal sealed record CheckpointRun(long NewKeys, IReadOnlyList<TableDescription> Tables);
