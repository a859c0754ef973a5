using Kevo.Core;
using Kevo.Platform;
using Kevo.Relay.Serving;
using Kevo.Replication.Bootstrap;
using Kevo.Testing.Disk;

namespace Kevo.Faults.Tests.Scenarios;

/// <summary>
/// The small records beside a log: the primary's mark, and the replicas a relay knows. Each is as it was last written,
/// or as it was being written.
/// </summary>
internal sealed class RecordsScenario : Scenario
{
    private const string Directory = "/records";

    private ulong _mark;
    private ulong _replica;
    private ulong _attempt;

    public override string Name => "records";

    public override void Live(SimulatedFileSystem raw, FaultInjectingFileSystem disk)
    {
        raw.CreateDirectory("TEST:MKDIR", Directory);
        raw.SyncDirectory("TEST:SYNC", "/");
        for (int i = 0; i < 8; i++)
        {
            Write(disk);
            Read(disk, "while it lives");
        }
    }

    public override void Recover(IFileSystem disk, string where)
    {
        Read(disk, where);
        Write(disk);
        Read(disk, where + ", written on");
    }

    private void Write(IFileSystem disk)
    {
        _attempt++;
        new PrimaryMarkFile(disk, Directory).Write(_attempt);
        _mark = _attempt;
        new KnownReplicaFile(disk, Directory).Write(
            [new KnownReplica("replica", new LogPosition(1, _attempt), DateTimeOffset.UnixEpoch)]);
        _replica = _attempt;
    }

    private void Read(IFileSystem disk, string where)
    {
        ulong mark = new PrimaryMarkFile(disk, Directory).Read();
        Require(mark >= _mark && mark <= _attempt, $"{where}: the mark is {mark}, not {_mark} to {_attempt}");
        IReadOnlyList<KnownReplica> replicas = new KnownReplicaFile(disk, Directory).Read();
        ulong replica = replicas.Count == 0 ? 0 : replicas[0].Acknowledged.Sequence;
        Require(
            replica >= _replica && replica <= _attempt,
            $"{where}: the replica is at {replica}, not {_replica} to {_attempt}");
    }
}
