using CommunityToolkit.HighPerformance.Buffers;
using Kevo.Core;
using Kevo.Platform;
using Kevo.Relay.Serving;
using Kevo.Relay.Sidecar;
using Kevo.Replica.Node;
using Kevo.Replication.Bootstrap;
using Kevo.Storage.Compaction;
using Kevo.Storage.Kevo;
using Kevo.Storage.Store;
using Kevo.Testing.Disk;
using Kevo.Testing.Proof;

namespace Kevo.Faults.Tests.Corruption;

/// <summary>Every bit and every length of the small files that say where everything else is.</summary>
public sealed class SmallFileFlipTests
{
    private const string Path = "/dir/file";

    [Fact]
    public void Every_change_of_a_checkpoint_is_detected()
    {
        var checkpoint = new Checkpoint
        {
            Position = new LogPosition(3, 4711),
            NextTableNumber = 40,
            Runs = [.. Enumerable.Range(0, 4).Select(static run => new CheckpointRun(
                100 * run, [.. Enumerable.Range(0, 3).Select(table => TableOf((ulong)((run * 3) + table + 1)))]))],
        };
        using ArrayPoolBufferWriter<byte> written = CheckpointFormat.Write(checkpoint);
        byte[] whole = written.WrittenSpan.ToArray();
        _ = CheckpointFormat.Read(whole, Path);
        long tried = TryAll(whole, changed =>
        {
            _ = CheckpointFormat.Read(changed, Path);
            return "it is accepted";
        });
        ProofLine.Write("flips of a checkpoint", ("flips and lengths", tried), ("refused", tried));
    }

    [Fact]
    public void Every_change_of_a_sidecars_state_is_detected()
    {
        var disk = new SimulatedFileSystem();
        disk.CreateDirectory("TEST:MKDIR", "/dir");
        new SidecarState(new LogPosition(1, 815), "00000001700000000000.wal", 12345, 0xCAFE).Write(disk, "/dir");
        byte[] whole = disk.ReadAllBytes("TEST:READ", "/dir/SIDECAR", 1 << 20);
        long tried = TryAll(whole, changed =>
        {
            var other = new SimulatedFileSystem();
            other.CreateDirectory("TEST:MKDIR", "/dir");
            other.ReplaceFile("TEST", "/dir/SIDECAR", changed);
            _ = SidecarState.Read(other, "/dir");
            return "it is accepted";
        });
        ProofLine.Write("flips of a sidecar state", ("flips and lengths", tried), ("refused", tried));
    }

    [Fact]
    public void Every_change_of_a_primarys_mark_is_detected()
    {
        long tried = TryAllOf(
            "primary.mark",
            static disk => new PrimaryMarkFile(disk, "/dir").Write(1000),
            static disk => $"it is read as {new PrimaryMarkFile(disk, "/dir").Read()}");
        ProofLine.Write("flips of a mark", ("flips and lengths", tried), ("refused", tried));
    }

    [Fact]
    public void Every_change_of_the_known_replicas_is_detected()
    {
        long tried = TryAllOf(
            "replicas.known",
            static disk => new KnownReplicaFile(disk, "/dir").Write(
            [
                new KnownReplica("north", new LogPosition(1, 100), DateTimeOffset.UnixEpoch),
                new KnownReplica("south", new LogPosition(1, 7), DateTimeOffset.UnixEpoch.AddDays(1)),
            ]),
            static disk => $"{new KnownReplicaFile(disk, "/dir").Read().Count} replicas are read");
        ProofLine.Write("flips of known replicas", ("flips and lengths", tried), ("refused", tried));
    }

    [Fact]
    public void Every_change_of_a_nodes_file_is_detected_or_leaves_the_name()
    {
        long harmless = 0;
        long tried = TryAllOf(
            NodeFile.Name,
            static disk => new NodeFile("0123456789abcdef").Create(disk, "/dir"),
            disk =>
            {
                string name = NodeFile.Read(disk, "/dir").NodeId;
                harmless++;
                return name == "0123456789abcdef" ? null : $"the node is called {name}";
            });
        ProofLine.Write(
            "flips of a node's file", ("flips and lengths", tried), ("refused", tried - harmless),
            ("harmless", harmless));
    }

    [Fact]
    public void Every_change_of_the_note_that_a_new_store_is_complete_is_detected()
    {
        long tried = TryAllOf(
            "resync/COMPLETE",
            static disk =>
            {
                disk.CreateDirectory("TEST:MKDIR", "/dir/resync");
                HistoryReplacement.Complete(disk, "/dir", new LogPosition(3, 4711));
            },
            static disk =>
            {
                HistoryReplacement.Finish(disk, "/dir");
                return "it is accepted";
            });
        ProofLine.Write("flips of a resync's note", ("flips and lengths", tried), ("refused", tried));
    }

    /// <summary>What earlier versions wrote, and an operator may write, is still read.</summary>
    [Fact]
    public void The_former_forms_of_small_files_are_read()
    {
        var disk = new SimulatedFileSystem();
        disk.CreateDirectory("TEST:MKDIR", "/dir/resync");
        disk.ReplaceFile("TEST", "/dir/primary.mark", "primary 4711\n"u8);
        disk.ReplaceFile("TEST", "/dir/node.json", """{"format":1,"node":"north"}"""u8);
        disk.ReplaceFile("TEST", "/dir/resync/COMPLETE", "diverged-1-5-2"u8);

        Assert.Equal(4711ul, new PrimaryMarkFile(disk, "/dir").Read());
        Assert.Equal("north", NodeFile.Read(disk, "/dir").NodeId);
        HistoryReplacement.Finish(disk, "/dir");
        Assert.True(disk.DirectoryExists("/dir/set-aside/diverged-1-5-2"));
    }

    /// <summary>
    /// Stock's manifest has no checksum. A change in it is refused, or is one that stock would start with as well; then
    /// the only fields that steer reading here, the two places, are as they were or name nothing that exists.
    /// </summary>
    [Fact]
    public void Every_change_of_a_manifest_is_detected_or_leads_to_nothing_else()
    {
        byte[] whole = new StockManifest { WalDirectory = "/stock/wal", TableDirectory = "/stock/sst" }.ToJson();
        var disk = new SimulatedFileSystem();
        using (new Scenarios.StockDisk(disk, new Random(1)))
        {
        }

        disk.CreateDirectory("TEST:MKDIR", "/stock/sst");
        long harmless = 0;
        long tried = TryAll(whole, changed =>
        {
            disk.ReplaceFile("TEST", "/stock/MANIFEST", changed);
            StockDirectory directory = StockDirectory.Open(disk, "/stock", StockPathPolicy.RequireInside);
            bool same = directory.WalDirectory == "/stock/wal" && directory.TableDirectory == "/stock/sst";
            bool nothing = (directory.WalDirectory == "/stock/wal" || !disk.DirectoryExists(directory.WalDirectory))
                && (directory.TableDirectory == "/stock/sst" || !disk.DirectoryExists(directory.TableDirectory));
            harmless++;
            return same || nothing ? null : $"it leads to {directory.WalDirectory} and {directory.TableDirectory}";
        });
        ProofLine.Write(
            "flips of a manifest", ("flips and lengths", tried), ("refused", tried - harmless), ("harmless", harmless));
    }

    private static long TryAllOf(string name, Action<IFileSystem> write, Func<IFileSystem, string?> read)
    {
        var disk = new SimulatedFileSystem();
        disk.CreateDirectory("TEST:MKDIR", "/dir");
        write(disk);
        string path = System.IO.Path.Combine("/dir", name);
        byte[] whole = disk.ReadAllBytes("TEST:READ", path, 1 << 20);
        return TryAll(whole, changed =>
        {
            disk.ReplaceFile("TEST", path, changed);
            return read(disk);
        });
    }

    private static TableDescription TableOf(ulong number) => new()
    {
        Number = number,
        FileLength = 4096 + (long)number,
        FilterLength = 100,
        Identity = number * 0x9E3779B97F4A7C15,
        EntryCount = 50,
        TombstoneCount = 3,
        DataBytes = 3900,
        SmallestKey = new byte[] { 1, (byte)number },
        LargestKey = new byte[] { 2, (byte)number, 3 },
    };

    // The action gives what is wrong, or null; a storage error is what should happen.
    private static long TryAll(byte[] whole, Func<byte[], string?> act)
    {
        long tried = 0;
        foreach ((byte[] changed, string how) in Changes(whole))
        {
            tried++;
            string? wrong;
            try
            {
                wrong = act(changed);
            }
            catch (StorageException error) when (error.Fault is StorageFault.Corrupt or StorageFault.UnknownVersion)
            {
                continue;
            }

            Assert.True(wrong is null, $"{how}: {wrong}");
        }

        return tried;
    }

    private static IEnumerable<(byte[] Changed, string How)> Changes(byte[] whole)
    {
        for (int bit = 0; bit < whole.Length * 8; bit++)
        {
            byte[] changed = (byte[])whole.Clone();
            changed[bit / 8] ^= (byte)(1 << (bit % 8));
            yield return (changed, $"bit {bit}");
        }

        for (int length = 0; length < whole.Length; length++)
        {
            yield return (whole[..length], $"cut to {length}");
        }
    }
}
