using Kevo.Core;
using Kevo.Storage;
using Kevo.Storage.Log;

namespace Kevo.Replication.Tests.World;

/// <summary>The log alone behind the applier seam: durable, and nothing to read from.</summary>
internal sealed class LogApplier(WriteAheadLog log) : IEpochApplier
{
    public LogPosition Durable => log.Durable;

    public void Apply(in WalEntry entry) => log.Append(in entry);

    public void Sync() => log.Sync();

    public void BeginSync() => log.BeginSync();

    public void EndSync() => log.EndSync();

    public void Discard() => log.Discard();

    public void BeginEpoch(LogPosition start) => log.BeginEpoch(start);
}
