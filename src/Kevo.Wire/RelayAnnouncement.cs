using Grpc.Core;
using Kevo.Core;

namespace Kevo.Wire;

/// <summary>What a relay says of itself in the response headers of a stream.</summary>
public sealed record RelayAnnouncement
{
    /// <summary>Name of the relay; see <see cref="RelayHeaders.IsNodeId"/>.</summary>
    public required string NodeId { get; init; }

    /// <summary>Epoch of its history, from 1.</summary>
    public required ulong Epoch { get; init; }

    /// <summary>
    /// The oldest sequence it can still send. One above <see cref="LastSequence"/> (or 0) while it holds none.
    /// </summary>
    public required ulong FirstSequence { get; init; }

    /// <summary>The newest sequence it holds; 0 while it holds none.</summary>
    public required ulong LastSequence { get; init; }

    /// <summary>Names of the nodes upstream of the relay, nearest first; without the relay itself.</summary>
    public IReadOnlyList<string> Path { get; init; } = [];

    /// <summary>True when following this relay would lead back to <paramref name="nodeId"/>.</summary>
    public bool LeadsTo(string nodeId)
    {
        bool found = string.Equals(NodeId, nodeId, StringComparison.Ordinal);
        foreach (string id in Path)
        {
            found |= string.Equals(id, nodeId, StringComparison.Ordinal);
        }

        return found;
    }

    /// <summary>Reads the announcement; null when the sender is no relay.</summary>
    /// <exception cref="ProtocolException">
    /// The sender is a relay, but its announcement is incomplete or contradicts itself.
    /// </exception>
    public static RelayAnnouncement? Read(Metadata headers)
    {
        string? version = RelayHeaders.Single(headers, RelayHeaders.Relay);
        if (version is null)
        {
            return null;
        }

        if (!string.Equals(version, RelayHeaders.Version, StringComparison.Ordinal))
        {
            throw RelayHeaders.Bad(RelayHeaders.Relay, version);
        }

        RelayAnnouncement announcement = new()
        {
            NodeId = RelayHeaders.NodeIdOf(headers),
            Epoch = RelayHeaders.Number(headers, RelayHeaders.Epoch),
            FirstSequence = RelayHeaders.Number(headers, RelayHeaders.FirstSequence),
            LastSequence = RelayHeaders.Number(headers, RelayHeaders.LastSequence),
            Path = ReadPath(headers),
        };
        announcement.Check();
        return announcement;
    }

    /// <summary>Adds the announcement to response headers.</summary>
    /// <exception cref="ProtocolException">A receiver would refuse it.</exception>
    public void WriteTo(Metadata headers)
    {
        ArgumentNullException.ThrowIfNull(headers);
        Check();
        headers.Add(RelayHeaders.Relay, RelayHeaders.Version);
        headers.Add(RelayHeaders.NodeId, NodeId);
        headers.Add(RelayHeaders.Epoch, RelayHeaders.Format(Epoch));
        headers.Add(RelayHeaders.FirstSequence, RelayHeaders.Format(FirstSequence));
        headers.Add(RelayHeaders.LastSequence, RelayHeaders.Format(LastSequence));
        if (Path.Count > 0)
        {
            headers.Add(RelayHeaders.Path, string.Join(',', Path));
        }
    }

    private static string[] ReadPath(Metadata headers)
    {
        string? path = RelayHeaders.Single(headers, RelayHeaders.Path);
        return string.IsNullOrEmpty(path) ? [] : path.Split(',', StringSplitOptions.TrimEntries);
    }

    private void Check()
    {
        if (!RelayHeaders.IsNodeId(NodeId))
        {
            throw RelayHeaders.Bad(RelayHeaders.NodeId, NodeId);
        }

        if (Epoch == 0)
        {
            throw RelayHeaders.Bad(RelayHeaders.Epoch, "0");
        }

        if (LastSequence > EntryLimits.LastSequence)
        {
            throw RelayHeaders.Bad(RelayHeaders.LastSequence, RelayHeaders.Format(LastSequence));
        }

        if (FirstSequence > LastSequence + 1 || (FirstSequence == 0 && LastSequence > 0))
        {
            throw new ProtocolException(
                $"The relay '{NodeId}' announces a history from {FirstSequence} to {LastSequence}, which is none.");
        }

        if (Path.Count > RelayHeaders.MaxPathLength)
        {
            throw new ProtocolException(
                $"The relay '{NodeId}' is behind {Path.Count} nodes; at most {RelayHeaders.MaxPathLength} are " +
                "allowed.");
        }

        foreach (string id in Path)
        {
            if (!RelayHeaders.IsNodeId(id))
            {
                throw RelayHeaders.Bad(RelayHeaders.Path, string.Join(',', Path));
            }
        }
    }
}
