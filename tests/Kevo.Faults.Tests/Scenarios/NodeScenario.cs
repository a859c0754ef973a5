using Kevo.Platform;
using Kevo.Replica.Node;
using Kevo.Testing.Disk;

namespace Kevo.Faults.Tests.Scenarios;

/// <summary>A node's name is made up once: it is the same ever after, or was never given.</summary>
internal sealed class NodeScenario : Scenario
{
    private const string Directory = "/node";

    private string? _name;

    public override string Name => "node";

    public override void Live(SimulatedFileSystem raw, FaultInjectingFileSystem disk)
    {
        disk.CreateDirectory("NODE:MKDIR", Directory);
        raw.SyncDirectory("TEST:SYNC", "/");
        _name = NodeFile.ReadOrCreate(disk, Directory).NodeId;
        Require(NodeFile.ReadOrCreate(disk, Directory).NodeId == _name, "the name changed");
    }

    public override void Recover(IFileSystem disk, string where)
    {
        disk.CreateDirectory("NODE:MKDIR", Directory);
        disk.SyncDirectory("TEST:SYNC", "/");
        string found = NodeFile.ReadOrCreate(disk, Directory).NodeId;

        // As every opening of the store does, before anybody hears the name.
        disk.SyncDirectory("STORE:SYNCROOT", Directory);
        Require(_name is null || found == _name, $"{where}: the name {_name} became {found}");
        _name = found;
    }
}
