using System.Globalization;
using Kevo.Testing;
using Kevo.Testing.Proof;

namespace Kevo.Faults.Tests.PowerCuts;

/// <summary>
/// Goal: whenever the power fails, the store comes back with a prefix of what was written, no shorter than what was
/// acknowledged, without a hole, and goes on. <c>KEVO_POWERCUT_RUNS</c> sets the number of runs (default 1).
/// </summary>
public sealed class PowerCutTests
{
    private static readonly int Runs =
        int.TryParse(Environment.GetEnvironmentVariable("KEVO_POWERCUT_RUNS"), CultureInfo.InvariantCulture, out int n)
            ? n
            : 1;

    [Fact]
    public void Every_disk_that_a_power_cut_can_leave_recovers_to_a_prefix()
    {
        int first = Seed.For(1);
        long images = 0;
        long moments = 0;
        long entries = 0;
        for (int seed = first; seed < first + Runs; seed++)
        {
            var run = new PowerCutRun(seed, systematic: 16, sampled: 10, inOrder: false);
            run.Run(1400);
            images += run.Images;
            moments += run.Moments;
            entries += run.Entries;
        }

        Assert.True(images >= 20_000L * Runs, $"only {images} images in {Runs} runs");
        ProofLine.Write("power cuts", ("crash images", images), ("moments", moments), ("entries", entries));
    }
}
