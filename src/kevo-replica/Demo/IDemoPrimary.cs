namespace Kevo.Replica.Demo;

/// <summary>The embedded primary. One thread writes; the other members may be used beside it.</summary>
internal interface IDemoPrimary : IAsyncDisposable
{
    /// <summary>What it is, for the first line.</summary>
    string Description { get; }

    /// <summary>The flags a replica needs to follow it.</summary>
    IReadOnlyList<string> ReplicaFlags { get; }

    /// <summary>The last sequence written.</summary>
    ulong LastSequence { get; }

    /// <summary>The last sequence the replica has acknowledged; 0 before the first.</summary>
    ulong Acknowledged { get; }

    /// <summary>Bytes of the largest value it takes.</summary>
    int LargestValue { get; }

    /// <summary>Writes one transaction.</summary>
    void Write(IReadOnlyList<DemoOperation> operations);

    /// <summary>Makes what was written durable, and with it visible to the replica.</summary>
    void Flush();

    /// <summary>Reads back all it holds. Nothing is written any more.</summary>
    Task<DemoHistory> ReadAsync(CancellationToken cancellationToken);
}
