namespace Kevo.Simulation.Engine;

/// <summary>What a world exercised: a run in which these stay low proves little.</summary>
internal sealed class WorldCounters
{
    /// <summary>Transactions that primaries committed.</summary>
    public long Transactions { get; set; }

    /// <summary>Messages that nodes received.</summary>
    public long MessagesReceived { get; set; }

    /// <summary>Connections made.</summary>
    public long Connections { get; set; }

    /// <summary>Acknowledgements that left.</summary>
    public long Acknowledgements { get; set; }

    /// <summary>Batches that became durable.</summary>
    public long Batches { get; set; }

    /// <summary>Views that readers opened and compared.</summary>
    public long ReadsChecked { get; set; }

    /// <summary>Recoveries compared with what was promised.</summary>
    public long RecoveriesChecked { get; set; }

    /// <summary>Flushes and merges of stores.</summary>
    public long StoreSteps { get; set; }

    /// <summary>Snapshots of a primary that changed what a node holds.</summary>
    public long Repairs { get; set; }

    /// <summary>Snapshots of a node that one behind it has read to the end.</summary>
    public long SnapshotsOfNodes { get; set; }

    /// <summary>Nodes that ended because the one before them no longer had what they needed.</summary>
    public long LeftBehind { get; set; }

    /// <summary>Times that rotten bits were noticed, and named.</summary>
    public long RotDetected { get; set; }

    /// <summary>Times that rotten bits looked like the end of an unfinished write, and one frame was fetched
    /// again.</summary>
    public long FramesCut { get; set; }

    /// <summary>Adds those of another world.</summary>
    public void Add(WorldCounters other)
    {
        Transactions += other.Transactions;
        MessagesReceived += other.MessagesReceived;
        Connections += other.Connections;
        Acknowledgements += other.Acknowledgements;
        Batches += other.Batches;
        ReadsChecked += other.ReadsChecked;
        RecoveriesChecked += other.RecoveriesChecked;
        StoreSteps += other.StoreSteps;
        Repairs += other.Repairs;
        SnapshotsOfNodes += other.SnapshotsOfNodes;
        LeftBehind += other.LeftBehind;
        RotDetected += other.RotDetected;
        FramesCut += other.FramesCut;
    }
}
