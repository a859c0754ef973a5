using System.Text.Json;
using Kevo.Core;
using Kevo.Platform;
using Kevo.Relay.Writing;
using Kevo.Replica.Commands;
using Kevo.Replica.Terminal;
using Kevo.Storage.Log;
using Kevo.Testing;

namespace Kevo.Replica.Tests.Commands;

public sealed class WalCommandTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly StringWriter _out = new();
    private readonly StringWriter _error = new();

    public WalCommandTests()
    {
        using WriteAheadLog log = WriteAheadLog.Open(
            new LogOptions { Directory = _directory.Combine("log"), SegmentSize = 1 << 16 }, LinuxFileSystem.Instance);
        using var primary = new RelayPrimary(log);
        primary.Put("alpha"u8, "one"u8);
        primary.Put("bi\\nary\u0001"u8, [0xff, (byte)'x']);
        using var transaction = new PrimaryTransaction();
        transaction.Put("gamma"u8, ""u8);
        transaction.Delete("alpha"u8);
        primary.Commit(transaction);
    }

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Dump_prints_one_line_per_entry_with_its_position()
    {
        Assert.Equal(ExitCode.Ok, await Run("dump"));
        Assert.Equal(
            ["1:1 put alpha one", @"1:2 put bi\x5cnary\x01 \xffx", "1:3 put gamma ", "1:3 delete alpha"],
            Lines());
    }

    [Fact]
    public async Task Dump_begins_and_ends_where_it_is_told_and_prints_digits()
    {
        Assert.Equal(ExitCode.Ok, await Run("dump", "--from", "1:2", "--limit", "1", "--hex"));
        Assert.Equal(["1:2 put 62695c6e61727901 ff78"], Lines());
    }

    [Fact]
    public async Task Dump_as_JSON_is_one_object_per_entry()
    {
        Assert.Equal(ExitCode.Ok, await Run("dump", "--json"));
        using var first = JsonDocument.Parse(Lines()[0]);
        Assert.Equal("1:1", first.RootElement.GetProperty("position").GetString());
        Assert.Equal("put", first.RootElement.GetProperty("operation").GetString());
        Assert.Equal("one", first.RootElement.GetProperty("value").GetString());
        using var last = JsonDocument.Parse(Lines()[3]);
        Assert.False(last.RootElement.TryGetProperty("value", out _));
    }

    [Fact]
    public async Task Dump_refuses_a_position_that_is_none()
    {
        Assert.Equal(ExitCode.Usage, await Run("dump", "--from", "17"));
        Assert.Contains("--from: \"17\" is no position", _error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Stat_counts_what_the_segments_hold_also_by_the_log_directory_itself()
    {
        Assert.Equal(ExitCode.Ok, await RunIn(_directory.Combine("log"), "stat"));
        Assert.StartsWith("1 segments, 3 frames, 4 entries, ", Lines()[^1], StringComparison.Ordinal);
        Assert.Equal(ExitCode.Ok, await Run("stat", "--json"));
    }

    [Fact]
    public async Task Verify_calls_a_good_log_sound()
    {
        Assert.Equal(ExitCode.Ok, await Run("verify"));
        Assert.Equal("sound: 1 segments, 3 frames, 4 entries verified", Lines()[^1]);
    }

    [Fact]
    public async Task Verify_of_damage_before_good_frames_is_exit_code_3_and_names_the_place()
    {
        string segment = Directory.GetFiles(_directory.Combine("log"), "*.seg").Single();
        byte[] bytes = await File.ReadAllBytesAsync(segment, TestContext.Current.CancellationToken);
        int value = bytes.AsSpan().IndexOf("one"u8);
        bytes[value] ^= 1;
        await File.WriteAllBytesAsync(segment, bytes, TestContext.Current.CancellationToken);
        Assert.Equal(ExitCode.Storage, await Run("verify"));
        Assert.Contains(segment, _error.ToString(), StringComparison.Ordinal);
        Assert.StartsWith("damaged: ", Lines()[^1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_missing_directory_is_exit_code_3()
    {
        Assert.Equal(ExitCode.Storage, await RunIn(_directory.Combine("absent"), "stat"));
        Assert.Contains("absent", _error.ToString(), StringComparison.Ordinal);
    }

    private Task<int> Run(string command, params string[] flags) => RunIn(_directory.Path, command, flags);

    private Task<int> RunIn(string directory, string command, params string[] flags)
    {
        _out.GetStringBuilder().Clear();
        Output output = Output.Create(_out, _error, terminal: false, errorTerminal: false, colours: false);
        return new CommandLine(ReplicaCommands.All, output, TimeProvider.System).RunAsync(
            ["wal", command, directory, .. flags],
            new Dictionary<string, string>(),
            TestContext.Current.CancellationToken);
    }

    private string[] Lines() => _out.ToString().Split(Environment.NewLine)[..^1];
}
