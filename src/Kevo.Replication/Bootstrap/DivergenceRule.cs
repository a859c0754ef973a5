namespace Kevo.Replication.Bootstrap;

/// <summary>What to do when the primary's history is not the one this node holds.</summary>
public enum DivergenceRule
{
    /// <summary>Stop with an error and change nothing.</summary>
    Stop = 0,

    /// <summary>
    /// Take over the primary's content in a new epoch; the history held so far is set aside, not deleted.
    /// </summary>
    Resync,
}
