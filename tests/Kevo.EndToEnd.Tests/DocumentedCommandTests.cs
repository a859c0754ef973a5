using Kevo.EndToEnd.Tests.Documents;
using Kevo.EndToEnd.Tests.Processes;
using Kevo.Replica;
using Kevo.Replica.Node;
using Kevo.Testing;

namespace Kevo.EndToEnd.Tests;

/// <summary>
/// Every command of every console block of the documents. Commands of this product and requests to a node are run; of
/// those that build or prove the product, the script that runs them for every change is checked; the rest belong to the
/// system, and only their programs are looked at.
/// </summary>
public sealed class DocumentedCommandTests(DocumentedWorld world) : IClassFixture<DocumentedWorld>
{
    private const int RelayListening = 6002;

    private static readonly HashSet<string> OfTheSystem =
    [
        "install", "useradd", "systemctl", "journalctl", "podman", "buildah", "kubectl", "openssl", "cp", "mv", "mkdir",
        "man",
    ];

    public static TheoryData<int> Commands { get; } =
        new(Enumerable.Range(0, DocumentedCommand.All.Count).Select(index => new TheoryDataRow<int>(index)
        {
            TestDisplayName = DocumentedCommand.All[index].ToString(),
        }));

    [Theory]
    [MemberData(nameof(Commands))]
    public Task A_documented_command_works(int index)
    {
        DocumentedCommand command = DocumentedCommand.All[index];
        string[] words = [.. command.Words];
        return words switch
        {
            ["kevo-replica", .. var rest] => RunAsync(rest),
            ["dotnet", "run", .. var rest] => RunProjectAsync(rest),
            ["dotnet", "test" or "publish", ..] => RunsInScriptAsync(string.Join(' ', words[..2])),
            ["apt-get", "install", .. var packages] => RunsInScriptAsync(packages),
            ["curl", .., var url] => AskAsync(new Uri(url)),
            ["dotnet", "tool", "install", .. var rest] => IsPinned(rest),
            ["dotnet-trace", .. var rest] => TracesAsync(rest),
            _ => BelongsToTheSystem(words[0]),
        };
    }

    [Fact]
    public void The_documents_have_commands() => Assert.InRange(DocumentedCommand.All.Count, 20, 500);

    private async Task RunAsync(string[] words)
    {
        string place = world.NewPlace();
        bool filled = words[0] is not ("run" or "relay" or "import");
        string[] real = [.. words.Select(word => world.Substitute(word, place, filled))];
        (string, string)[] environment =
        [
            ("KEVO_REPLICA_ADMIN", words[0] is "run" or "relay" ? "127.0.0.1:0" : world.Admin),
            ("KEVO_REPLICA_LISTEN", "127.0.0.1:0"),
            ("KEVO_REPLICA_RELAY_LISTEN", words[0] is "relay" ? "127.0.0.1:0" : "off"),
            ("KEVO_REPLICA_LOG_FORMAT", "json"),
        ];
        await using ReplicaRun run = ReplicaRun.Start(real, environment);
        if (words[0] is "run" or "relay" && !words.Contains("--help"))
        {
            await run.WaitForEventAsync(words[0] is "run" ? NodeLog.StartedEvent : RelayListening);
            Assert.True(await run.StopAsync() == ExitCode.Ok, run.Said);
            return;
        }

        Assert.True(await run.WaitForEndAsync() == ExitCode.Ok, run.Said);
        Assert.True(run.Out.Count > 0 || words.Contains("--check"), "It says nothing.");
    }

    // The project is the one that made the executable under test; a shorter tour shows the same.
    private async Task RunProjectAsync(string[] words)
    {
        int end = Array.IndexOf(words, "--");
        if (words[..end] is [.., "--project", "bench/Kevo.Measure"])
        {
            await MeasuresAsync(words[(end + 1)..]);
            return;
        }

        if (words[..end] is ["--project", "tests/Kevo.Simulation", "-c", "Release"])
        {
            await SimulatesAsync(words[(end + 1)..]);
            return;
        }

        Assert.Equal(["--project", "src/kevo-replica"], words[(end - 2)..end]);
        Assert.True(Directory.Exists(Path.Combine(Repository.Root, words[end - 1])));
        string[] own = words[(end + 1)..];
        await RunAsync([.. own, .. own is ["demo", ..] ? ["--duration", "2s"] : Array.Empty<string>()]);
    }

    // Measuring takes minutes and wants the machine for itself; here the command and its flags have to exist.
    private static async Task MeasuresAsync(string[] words)
    {
        string commands = Path.Combine(Repository.Root, "bench", "Kevo.Measure", "Commands");
        string[] sources = await Task.WhenAll(
            Directory.GetFiles(commands, "*.cs").Select(
                file => File.ReadAllTextAsync(file, TestContext.Current.CancellationToken)));
        Assert.Contains(sources, source => source.Contains($"new Command(\"{words[0]}\"", StringComparison.Ordinal));
        Assert.All(
            words.Where(word => word.StartsWith("--", StringComparison.Ordinal)),
            flag => Assert.Contains(sources, source => source.Contains($"\"{flag}\"", StringComparison.Ordinal)));
    }

    // Simulating takes as long as one wants; here the flags have to exist, and the script builds and starts it.
    private static async Task SimulatesAsync(string[] words)
    {
        string options = await File.ReadAllTextAsync(
            Path.Combine(Repository.Root, "tests", "Kevo.Simulation", "Runs", "SimulationOptions.cs"),
            TestContext.Current.CancellationToken);
        Assert.All(
            words.Where(word => word.StartsWith("--", StringComparison.Ordinal)),
            flag => Assert.Contains($"\"{flag}\"", options, StringComparison.Ordinal));
        await RunsInScriptAsync("Kevo.Simulation/release/Kevo.Simulation");
    }

    private static async Task RunsInScriptAsync(params string[] wanted)
    {
        string script = await File.ReadAllTextAsync(
            Path.Combine(Repository.Root, ".ci", "run"), TestContext.Current.CancellationToken);
        Assert.All(wanted, words => Assert.Contains(words, script, StringComparison.Ordinal));
    }

    private async Task AskAsync(Uri documented)
    {
        using var view = new AdminView(world.Admin);
        Assert.NotEmpty(await view.GetAsync(documented.PathAndQuery));
        Assert.True(documented.PathAndQuery.Split('?')[0] is "/" or "/livez" or "/readyz" or "/metrics" or "/status");
    }

    // TraceTests does what this command does; here only the words are compared with what it attaches to.
    private static Task TracesAsync(string[] words)
    {
        Assert.Equal("collect", words[0]);
        Assert.Contains("Kevo-Replica", words);
        return Task.CompletedTask;
    }

    // The tool that the tests use is listed with its version; TraceTests installs and runs it.
    private static async Task IsPinned(string[] words)
    {
        string manifest = await File.ReadAllTextAsync(
            Path.Combine(Repository.Root, ".config", "dotnet-tools.json"), TestContext.Current.CancellationToken);
        Assert.Contains($"\"{words[^1]}\"", manifest, StringComparison.Ordinal);
    }

    private static Task BelongsToTheSystem(string program)
    {
        Assert.Contains(program, OfTheSystem);
        return Task.CompletedTask;
    }
}
