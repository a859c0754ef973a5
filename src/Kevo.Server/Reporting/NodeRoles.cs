namespace Kevo.Server.Reporting;

/// <summary>What a node is for, as status and metrics name it.</summary>
public static class NodeRoles
{
    /// <summary>It follows a primary or a relay.</summary>
    public const string Replica = "replica";

    /// <summary>It serves a history that nobody adds to.</summary>
    public const string Relay = "relay";

    /// <summary>It serves what it copies from the files of a stock primary.</summary>
    public const string Sidecar = "sidecar";
}
