using System.Globalization;
using Kevo.Fuzz.Engine;
using Kevo.Testing;
using Kevo.Testing.Proof;

namespace Kevo.Fuzz;

/// <summary>
/// A run of every target, the inputs that once failed, and proof that the fuzzer finds what is there.
/// <c>KEVO_FUZZ_INPUTS</c> sets the inputs of all targets together (default 1,000,000; the long proof takes ten times
/// that).
/// </summary>
public sealed class FuzzSmokeTests
{
    private const int LeastRun = 2000;

    private static readonly long Total =
        long.TryParse(Environment.GetEnvironmentVariable("KEVO_FUZZ_INPUTS"), CultureInfo.InvariantCulture, out long n)
            ? n
            : 1_000_000;

    public static TheoryData<string> AllTargets => [.. FuzzTargets.Names];

    [Theory]
    [MemberData(nameof(AllTargets))]
    public void A_run_finds_nothing(string name)
    {
        IFuzzTarget target = FuzzTargets.Create(name)!;
        double share = target.Weight / FuzzTargets.Create().Sum(static other => other.Weight);
        int inputs = (int)Math.Max(LeastRun, Math.Ceiling(Total * share));
        FuzzOptions options = new() { Inputs = inputs, Seed = Seed.For(1), MaxMemoryMiB = 2048 };

        FuzzReport report = new FuzzRunner(target, options).Run();

        Assert.True(report.Finding is null, Describe(name, options, report));
        Assert.True(report.Signatures > 5, $"{name}: only {report.Signatures} kinds of outcome, so it tests nothing");
        ProofLine.Write($"fuzz {name}", ("inputs", report.Inputs), ("kinds of outcome", report.Signatures));
    }

    [Theory]
    [MemberData(nameof(AllTargets))]
    public void Inputs_that_once_failed_stay_mended(string name)
    {
        string directory = Path.Combine(Repository.Root, "tests", "Kevo.Fuzz", "Regressions", name);
        string[] files = Directory.Exists(directory) ? Directory.GetFiles(directory, "*.hex") : [];
        foreach (string file in files)
        {
            byte[] input = Convert.FromHexString(string.Concat(File.ReadAllText(file).Split()));
            FuzzFinding? finding = new FuzzRunner(FuzzTargets.Create(name)!, new FuzzOptions()).Try(input, out _);
            Assert.True(finding is null, $"{file}: {finding?.Error}");
        }
    }

    [Fact]
    public void Every_regression_folder_belongs_to_a_target()
    {
        foreach (string directory in Directory.GetDirectories(
            Path.Combine(Repository.Root, "tests", "Kevo.Fuzz", "Regressions")))
        {
            Assert.Contains(Path.GetFileName(directory), FuzzTargets.Names);
        }
    }

    [Theory]
    [MemberData(nameof(AllTargets))]
    public void The_same_seed_gives_the_same_run(string name)
    {
        FuzzOptions options = new() { Inputs = 300, Seed = 5 };

        FuzzReport first = new FuzzRunner(FuzzTargets.Create(name)!, options).Run();
        FuzzReport second = new FuzzRunner(FuzzTargets.Create(name)!, options).Run();
        FuzzReport other = new FuzzRunner(FuzzTargets.Create(name)!, options with { Seed = 6 }).Run();

        Assert.All([first, second, other], static report => Assert.Null(report.Finding?.Error));
        Assert.Equal(first.RunHash, second.RunHash);
        Assert.NotEqual(first.RunHash, other.RunHash);
    }

    [Fact]
    public void A_planted_fault_is_found_and_made_small()
    {
        FuzzReport report = new FuzzRunner(new PlantedFault(), new FuzzOptions { Inputs = 1_000_000 }).Run();

        Assert.NotNull(report.Finding);
        Assert.IsType<IndexOutOfRangeException>(report.Finding.Error);
        Assert.Equal("KEVO"u8.ToArray(), report.Finding.Input);
    }

    [Fact]
    public void Too_much_memory_is_a_finding()
    {
        FuzzReport report = new FuzzRunner(new GreedyTarget(), new FuzzOptions { Inputs = 100_000 }).Run();

        Assert.Contains("the limit is", report.Finding?.Error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--inputs")]
    [InlineData("--inputs", "many")]
    [InlineData("--target", "none-of-that-name")]
    [InlineData("--seed", "1", "--unknown")]
    [InlineData("--input", "file")]
    public void Wrong_arguments_are_refused(params string[] args)
    {
        using StringWriter output = new();

        Assert.Equal(2, FuzzCommand.Run(args, output));
        Assert.NotEmpty(output.ToString());
    }

    [Fact]
    public void A_run_from_the_command_line_says_what_it_did()
    {
        using StringWriter output = new();

        Assert.Equal(0, FuzzCommand.Run(["--inputs", "200", "--seed", "3", "--target", "entry"], output));
        Assert.StartsWith("entry: 200 inputs, seed 3, ", output.ToString(), StringComparison.Ordinal);
    }

    private static string Describe(string name, FuzzOptions options, FuzzReport report) =>
        $"{name}, seed {options.Seed}, input {report.Finding?.Number}: {report.Finding?.Error}\n" +
        Convert.ToHexString(report.Finding?.Input ?? []);

    /// <summary>Fails on four bytes that blind chance would not find: each one right gives a new signature.</summary>
    private sealed class PlantedFault : IFuzzTarget
    {
        public string Name => "planted";

        public byte[] Generate(Random random) => new byte[random.Next(10)];

        public ulong Run(ReadOnlySpan<byte> input)
        {
            int right = 0;
            while (right < 4 && right < input.Length && input[right] == "KEVO"u8[right])
            {
                right++;
            }

            return right < 4 ? (ulong)right : throw new IndexOutOfRangeException("planted");
        }
    }

    private sealed class GreedyTarget : IFuzzTarget
    {
        public string Name => "greedy";

        public long MaxAllocatedBytes => 1 << 20;

        public byte[] Generate(Random random) => [(byte)random.Next(256)];

        public ulong Run(ReadOnlySpan<byte> input)
        {
            byte[] taken = new byte[input is [0xF0, ..] ? 2 << 20 : 10];
            return (ulong)taken.Length;
        }
    }
}
