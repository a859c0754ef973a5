using Kevo.Core;
using Kevo.Simulation.Network;
using Kevo.Storage.Store;

namespace Kevo.Simulation.Nodes;

/// <summary>
/// Watches a node from outside and knows what must be true. Violations are reported to the world, which stops.
/// </summary>
internal interface INodeOracle
{
    /// <summary>The store was opened, after whatever happened before.</summary>
    void Recovered(ReplicaStore store);

    /// <summary>A batch became durable.</summary>
    void Synced(ReplicaStore store, LogPosition durable);

    /// <summary>An acknowledgement is about to leave.</summary>
    void Acknowledging(Node node, SimulatedSession session, ulong sequence);

    /// <summary>A reader opens a view.</summary>
    /// <returns>Looks at the view once more and closes it.</returns>
    Action Read(ReplicaStore store);

    /// <summary>
    /// A bit of the log has turned over while the node was down. Where that was in the last frame it cannot be told
    /// from an unfinished write, so the next recovery may end one frame earlier.
    /// </summary>
    void LogRotted();

    /// <summary>The operator gives the node an empty directory, because damage was found in the old one.</summary>
    void Wiped();

    /// <summary>
    /// An error ended the node. The oracle judges whether it may, and does what an operator would do.
    /// </summary>
    void Ended(Node node, KevoException error);

    /// <summary>Whether the node has everything the primary has.</summary>
    bool IsCaughtUp(Node node);

    /// <summary>Compares everything, at the end of a run.</summary>
    void CheckAll(Node node);
}
