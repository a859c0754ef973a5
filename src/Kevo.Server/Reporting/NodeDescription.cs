namespace Kevo.Server.Reporting;

/// <summary>Who a node is; does not change while it runs.</summary>
public sealed record NodeDescription
{
    /// <summary>The node's id, as in its data directory.</summary>
    public required string Id { get; init; }

    /// <summary>The version of the program.</summary>
    public required string Version { get; init; }

    /// <summary>When the process started.</summary>
    public required DateTimeOffset StartedAt { get; init; }

    /// <summary>The process id.</summary>
    public int ProcessId { get; init; } = Environment.ProcessId;

    /// <summary>The data directory; empty when there is none.</summary>
    public string DataDirectory { get; init; } = "";
}
