using System.Globalization;
using System.Text;
using Kevo.Core;
using Kevo.Platform;
using Kevo.Replica.Node;
using Kevo.Testing.Disk;

namespace Kevo.Faults.Tests.Scenarios;

/// <summary>
/// A store that was built anew takes the place of the old one, again and again: what is in place is always whole, and
/// what was there before is set aside whole, never lost.
/// </summary>
internal sealed class ResyncScenario : Scenario
{
    private const string Data = "/data";
    private const string SetAside = Data + "/set-aside";

    private static readonly string[] Directories = ["log", "tables"];

    // Each store has the number of its generation as its content.
    private int _placed = 1;
    private int _attempted = 1;

    public override string Name => "resync";

    public override void Live(SimulatedFileSystem raw, FaultInjectingFileSystem disk)
    {
        raw.CreateDirectory("TEST:MKDIR", Data);
        raw.SyncDirectory("TEST:SYNC", "/");
        Write(raw, Data, 1);
        Replace(disk);
        Replace(disk);
    }

    public override void Recover(IFileSystem disk, string where)
    {
        HistoryReplacement.Finish(disk, Data);
        Check(disk, where);
        Replace(disk);
        Check(disk, where + ", replaced once more");
    }

    private static void Write(IFileSystem disk, string directory, int generation)
    {
        byte[] content = Encoding.ASCII.GetBytes(generation.ToString(CultureInfo.InvariantCulture));
        foreach (string part in Directories)
        {
            string path = Path.Combine(directory, part);
            disk.CreateDirectory("TEST:MKDIR", path);
            disk.ReplaceFile("TEST:WRITE", Path.Combine(path, "content"), content);
        }

        disk.ReplaceFile("TEST:WRITE", Path.Combine(directory, "CHECKPOINT"), content);
    }

    private void Replace(IFileSystem disk)
    {
        int next = _placed + 1;
        string built = HistoryReplacement.Begin(disk, Data, new NodeFile("0123456789abcdef"));
        Write(disk, built, next);
        _attempted = next;
        HistoryReplacement.Complete(disk, Data, new LogPosition(1, 5));
        _placed = next;
        HistoryReplacement.Finish(disk, Data);
    }

    private void Check(IFileSystem disk, string where)
    {
        int found = Read(disk, Data, where);
        Require(
            found >= _placed && found <= _attempted, $"{where}: {found} is in place, not {_placed} to {_attempted}");
        _placed = _attempted = found;
        HashSet<int> aside = disk.DirectoryExists(SetAside)
            ? [.. disk.ListDirectories("TEST:LIST", SetAside).Select(
                name => Read(disk, Path.Combine(SetAside, name), $"{where}: {name}"))]
            : [];
        for (int generation = 1; generation < found; generation++)
        {
            Require(aside.Contains(generation), $"{where}: what was in place before as {generation} is lost");
        }
    }

    // The generation; 0 where there is nothing.
    private static int Read(IFileSystem disk, string directory, string where)
    {
        string[] paths =
        [
            .. Directories.Select(part => Path.Combine(directory, part, "content")),
            Path.Combine(directory, "CHECKPOINT"),
        ];
        string[] contents = [.. paths.Select(path => disk.FileExists(path)
            ? Encoding.ASCII.GetString(disk.ReadAllBytes("TEST:READ", path, 16))
            : "0")];
        Require(contents.Distinct().Count() == 1, $"{where}: {directory} holds {string.Join(", ", contents)}");
        return int.Parse(contents[0], CultureInfo.InvariantCulture);
    }
}
