using System.Diagnostics;

namespace Kevo.Core.Tracing;

/// <summary>Every span of this product. Code, sampling and documentation follow this table.</summary>
public static class SpanTable
{
    /// <summary>The name of the <see cref="ActivitySource"/> that carries them.</summary>
    public const string SourceName = "Kevo.Replica";

    /// <summary>The gRPC service whose calls are traced.</summary>
    public const string CallService = "kevo.KevoService";

    /// <summary>A connection attempt.</summary>
    public static readonly SpanDefinition Connect = new(
        "kevo.replica.connect",
        "From dialling the primary until its stream is open and suits what is held, or until the attempt failed.",
        SpanAttributes.ServerAddress, SpanAttributes.Mode, SpanAttributes.Session, SpanAttributes.Position,
        SpanAttributes.ErrorType)
    {
        Kind = ActivityKind.Client,
    };

    /// <summary>A walk over a primary.</summary>
    public static readonly SpanDefinition Snapshot = new(
        "kevo.replica.snapshot",
        "One walk over a stock primary's keys, compared with what is held: a bootstrap, a repair, a look after "
        + "silence; or one over a node's, for a replica that joins its chain.",
        SpanAttributes.Reason, SpanAttributes.Keys, SpanAttributes.Bytes, SpanAttributes.ErrorType)
    {
        Kind = ActivityKind.Client,
    };

    /// <summary>What a walk found is taken over.</summary>
    public static readonly SpanDefinition Reconcile = new(
        "kevo.replica.reconcile",
        "What a walk found is applied with the live writes behind it; child of the walk.",
        SpanAttributes.Changes, SpanAttributes.Entries, SpanAttributes.Keys, SpanAttributes.ErrorType);

    /// <summary>A new history is fetched from a relay.</summary>
    public static readonly SpanDefinition Resync = new(
        "kevo.replica.resync",
        "The history of a relay is fetched anew, because the one held cannot be continued.",
        SpanAttributes.ServerAddress, SpanAttributes.Position, SpanAttributes.ErrorType);

    /// <summary>A batch.</summary>
    public static readonly SpanDefinition Batch = new(
        "kevo.replica.batch",
        "One batch, from its first entry applied until it is durable.",
        SpanAttributes.Position, SpanAttributes.Entries, SpanAttributes.Bytes)
    {
        IsFrequent = true,
    };

    /// <summary>The first part of a batch.</summary>
    public static readonly SpanDefinition Apply = new(
        "kevo.replica.apply", "Decoding, ordering and appending one batch; child of the batch.")
    {
        IsFrequent = true,
    };

    /// <summary>The second part of a batch.</summary>
    public static readonly SpanDefinition Sync = new(
        "kevo.replica.sync", "Making one batch durable; child of the batch.")
    {
        IsFrequent = true,
    };

    /// <summary>Opening a store.</summary>
    public static readonly SpanDefinition Recovery = new(
        "kevo.store.recovery",
        "A store is opened: its log is verified, its tables are opened, and what they lack is replayed.",
        SpanAttributes.Position, SpanAttributes.Tables, SpanAttributes.ErrorType);

    /// <summary>A flush.</summary>
    public static readonly SpanDefinition Flush = new(
        "kevo.store.flush",
        "A memtable becomes a table; other steps of the background work may lie in between.",
        SpanAttributes.Position, SpanAttributes.Bytes, SpanAttributes.WrittenBytes, SpanAttributes.Tables,
        SpanAttributes.ErrorType);

    /// <summary>A compaction.</summary>
    public static readonly SpanDefinition Compaction = new(
        "kevo.store.compaction",
        "Tables become fewer and shed what is outdated; other steps of the background work may lie in between.",
        SpanAttributes.Bytes, SpanAttributes.WrittenBytes, SpanAttributes.Tables, SpanAttributes.ErrorType);

    /// <summary>promote.</summary>
    public static readonly SpanDefinition Promote = new(
        "kevo.promote",
        "The command promote: a directory for stock Kevo is made and read back.",
        SpanAttributes.Position, SpanAttributes.Keys, SpanAttributes.Bytes, SpanAttributes.ErrorType);

    /// <summary>import.</summary>
    public static readonly SpanDefinition Import = new(
        "kevo.import",
        "The command import: a data directory is built from one of stock Kevo.",
        SpanAttributes.Position, SpanAttributes.Entries, SpanAttributes.ErrorType);

    /// <summary>A client's call; the method takes the place of the asterisk.</summary>
    public static readonly SpanDefinition Call = new(
        CallService + "/*",
        "One call of a client at --listen; child of the client's span when it sends a traceparent.",
        SpanAttributes.RpcSystem, SpanAttributes.RpcService, SpanAttributes.RpcMethod, SpanAttributes.RpcStatus,
        SpanAttributes.ClientAddress, SpanAttributes.ErrorType)
    {
        Kind = ActivityKind.Server,
        IsFrequent = true,
    };

    /// <summary>All of them, in the order in which the manual lists them.</summary>
    public static IReadOnlyList<SpanDefinition> All { get; } =
    [
        Connect, Snapshot, Reconcile, Resync, Batch, Apply, Sync, Recovery, Flush, Compaction, Promote, Import, Call,
    ];

    /// <summary>Whether a span of this name comes with every batch or call.</summary>
    public static bool IsFrequent(string name)
    {
        foreach (SpanDefinition span in All)
        {
            if (span.Name == name)
            {
                return span.IsFrequent;
            }
        }

        return true;
    }
}
