using System.Text;
using Kevo.Platform;
using Kevo.Storage.Compaction;
using Kevo.Storage.Tables;
using Kevo.Testing.Disk;
using Xunit;

namespace Kevo.Storage.Tests.Compaction;

public class MergePlanTests
{
    private const string Directory = "/tables";

    private readonly IFileSystem _disk = new SimulatedFileSystem();
    private ulong _number = 1;

    public MergePlanTests() => _disk.CreateDirectory("TEST:MKDIR", Directory);

    [Fact]
    public void Tables_that_overlap_no_other_are_kept_unread()
    {
        SortedRun older = Run(("a", "1"), ("b", "1"));
        SortedRun newer = Run(("c", "2"), ("d", "2"));

        List<RewritePart> parts = MergePlan.Build([newer, older], dropTombstones: true, smallTableBytes: 0);

        Assert.Equal([older.Tables[0], newer.Tables[0]], parts.Select(static part => part.Keep));
    }

    [Fact]
    public void Small_neighbours_are_merged_so_that_they_do_not_pile_up()
    {
        SortedRun older = Run(("a", "1"));
        SortedRun newer = Run(("c", "2"));
        List<RewritePart> parts = MergePlan.Build([newer, older], dropTombstones: true, smallTableBytes: 1 << 20);
        RewritePart part = Assert.Single(parts);
        Assert.Null(part.Keep);
    }

    [Fact]
    public void Where_runs_overlap_the_newest_version_of_each_key_is_written()
    {
        SortedRun oldest = Run(("a", "old"), ("b", "old"), ("c", "old"));
        SortedRun middle = Run(("b", "mid"), ("c", null));
        SortedRun newest = Run(("a", null), ("d", "new"));

        Assert.Equal(["a-", "b=mid", "c-", "d=new"], Merge([newest, middle, oldest], dropTombstones: false));
        Assert.Equal(["b=mid", "d=new"], Merge([newest, middle, oldest], dropTombstones: true));
    }

    [Fact]
    public void A_lone_table_with_tombstones_is_rewritten_where_they_can_be_dropped()
    {
        SortedRun run = Run(("a", "1"), ("b", null));
        Assert.Equal(["a=1", "b-"], Merge([run], dropTombstones: false));
        Assert.Equal(["a=1"], Merge([run], dropTombstones: true));
    }

    [Fact]
    public void A_merge_that_leaves_nothing_writes_no_table()
    {
        SortedRun older = Run(("a", "1"));
        SortedRun newer = Run(("a", null));
        Assert.Empty(Merge([newer, older], dropTombstones: true));
    }

    [Fact]
    public void An_abandoned_job_leaves_no_file_behind_and_its_inputs_alone()
    {
        SortedRun older = Run(("a", "1"), ("b", "1"));
        SortedRun newer = Run(("b", "2"), ("c", "2"));
        var obsolete = new ObsoleteFiles(_disk);
        RewriteJob job = Job([newer, older], dropTombstones: true, obsolete, tableBytes: 64);
        int before = _disk.ListFiles("TEST:LIST", Directory).Count;

        job.Step(1);
        job.Step(1);
        Assert.True(_disk.ListFiles("TEST:LIST", Directory).Count > before);
        job.Abandon();
        while (!obsolete.IsEmpty)
        {
            obsolete.RemoveNext();
        }

        Assert.Equal(before, _disk.ListFiles("TEST:LIST", Directory).Count);
        Assert.Equal(["a=1", "b=2", "c=2"], Merge([newer, older], dropTombstones: true));
    }

    private List<string> Merge(IReadOnlyList<SortedRun> newestFirst, bool dropTombstones)
    {
        RewriteJob job = Job(newestFirst, dropTombstones, new ObsoleteFiles(_disk), tableBytes: 1 << 20);
        while (!job.Step(1))
        {
        }

        List<string> entries = [];
        using var cursor = new RunCursor(job.Writer.Tables, releaseBehind: false);
        while (cursor.MoveNext())
        {
            string key = Encoding.ASCII.GetString(cursor.Key);
            entries.Add(cursor.IsTombstone ? key + "-" : key + "=" + Encoding.ASCII.GetString(cursor.Value));
        }

        return entries;
    }

    private RewriteJob Job(
        IReadOnlyList<SortedRun> newestFirst, bool dropTombstones, ObsoleteFiles obsolete, long tableBytes) =>
        new(
            MergePlan.Build(newestFirst, dropTombstones, 0),
            Writer(obsolete, tableBytes),
            dropTombstones,
            estimator: null);

    private SortedRun Run(params (string Key, string? Value)[] entries)
    {
        RunWriter writer = Writer(new ObsoleteFiles(_disk), 1 << 20);
        foreach ((string key, string? value) in entries)
        {
            writer.Add(
                Encoding.ASCII.GetBytes(key),
                Encoding.ASCII.GetBytes(value ?? ""),
                value is null,
                sequence: 1);
        }

        writer.Cut();
        return new SortedRun(writer.Tables, newKeys: 0);
    }

    private RunWriter Writer(ObsoleteFiles obsolete, long tableBytes) => new(
        _disk, Directory, () => _number++, tableBytes, new TableWriterOptions(), new BlockResidency(1 << 20), obsolete);
}
