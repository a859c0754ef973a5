using System.Globalization;
using Kevo.Platform;
using Kevo.Testing;
using Kevo.Testing.Disk;
using Xunit;

namespace Kevo.Storage.Tests.Store;

/// <summary>
/// Random lives against the model. <c>KEVO_STORE_RUNS</c> sets how many lives each test takes (default 250; the full
/// proof takes 10,000 in all), <c>KEVO_SEED</c> the first seed.
/// </summary>
public class StoreModelTests
{
    private static readonly int Runs =
        int.TryParse(Environment.GetEnvironmentVariable("KEVO_STORE_RUNS"), CultureInfo.InvariantCulture, out int runs)
            ? runs
            : 250;

    [Fact]
    public void Random_lives_on_a_real_disk_agree_with_a_plain_ordered_dictionary()
    {
        int first = Seed.For(1);
        for (int seed = first; seed < first + Math.Max(Runs / 20, 10); seed++)
        {
            using var directory = new TemporaryDirectory();
            using var run = new StoreRun(LinuxFileSystem.Instance, directory.Combine("data"), seed);
            run.Run(100);
        }
    }

    [Theory]
    [InlineData(StoreTrouble.None)]
    [InlineData(StoreTrouble.PowerCuts)]
    [InlineData(StoreTrouble.FailingCalls)]
    [InlineData(StoreTrouble.Both)]
    public void Random_lives_on_a_simulated_disk_agree_with_a_plain_ordered_dictionary(StoreTrouble trouble)
    {
        int first = Seed.For(100_000);
        int crashes = 0;
        int failures = 0;
        for (int seed = first; seed < first + Runs; seed++)
        {
            using var run = new StoreRun(new SimulatedFileSystem(), trouble, seed);
            run.Run(80);
            crashes += run.Crashes;
            failures += run.Failures;
        }

        TestContext.Current.TestOutputHelper?.WriteLine($"{Runs} lives, {crashes} power cuts, {failures} failed calls");
        Assert.Equal(trouble is StoreTrouble.PowerCuts or StoreTrouble.Both, crashes > 0);
        Assert.Equal(trouble is StoreTrouble.FailingCalls or StoreTrouble.Both, failures > 0);
    }
}
