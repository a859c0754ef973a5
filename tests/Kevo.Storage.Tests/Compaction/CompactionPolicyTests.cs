using Kevo.Storage.Compaction;
using Xunit;

namespace Kevo.Storage.Tests.Compaction;

public class CompactionPolicyTests
{
    private static readonly CompactionOptions Defaults = new();

    [Fact]
    public void Nothing_is_merged_below_the_fan_in()
    {
        Assert.Equal(0, CompactionPolicy.Choose([], 10, Defaults));
        Assert.Equal(0, CompactionPolicy.Choose([10, 10, 10], 10, Defaults));
    }

    [Fact]
    public void A_full_tier_is_merged_with_everything_newer_and_leaves_older_runs_alone()
    {
        Assert.Equal(4, CompactionPolicy.Choose([10, 10, 10, 10, 1000], 10, Defaults));
        Assert.Equal(0, CompactionPolicy.Choose([10, 10, 10, 1000], 10, Defaults));
        Assert.Equal(5, CompactionPolicy.Choose([10, 40, 40, 40, 40, 1000], 10, Defaults));
    }

    [Fact]
    public void Everything_is_merged_when_the_newer_runs_reach_their_share_of_the_oldest()
    {
        Assert.Equal(4, CompactionPolicy.Choose([10, 100, 700, 1000], 10, Defaults));
        Assert.Equal(0, CompactionPolicy.Choose([10, 100, 600, 1000], 10, Defaults));
    }

    [Fact]
    public void Too_many_runs_are_merged_whatever_their_sizes()
    {
        long[] sizes = [.. Enumerable.Range(0, 26).Select(static i => 1L << i)];
        CompactionOptions patient = Defaults with { FanIn = 32, NewerShare = 4 };
        Assert.Equal(0, CompactionPolicy.Choose(sizes.AsSpan(0, 24), 1, patient));
        int chosen = CompactionPolicy.Choose(sizes, 1, patient with { FanIn = 4 });
        Assert.InRange(chosen, 2, 26);
    }

    /// <summary>
    /// The policy on its own, with keys overwritten uniformly: a merge of runs that each hold a share of all keys keeps
    /// the share that their union has.
    /// </summary>
    [Theory]
    [InlineData(20)]
    [InlineData(60)]
    [InlineData(150)]
    [InlineData(400)]
    public void Uniform_overwriting_is_amplified_within_the_stated_bounds(int contentInFlushes)
    {
        const double Flush = 1e6;
        double content = contentInFlushes * Flush;
        List<double> runs = [];
        double written = 0;
        int flushes = contentInFlushes * 10;
        double worstSpace = 0;
        int mostRuns = 0;
        for (int i = 0; i < flushes; i++)
        {
            runs.Insert(0, content * (1 - Math.Exp(-Flush / content)));
            written += runs[0];
            int count;
            while ((count = Choose(runs, (long)Flush)) > 0)
            {
                double missing = runs.Take(count).Aggregate(
                    1.0, (share, run) => share * (1 - Math.Min(1, run / content)));
                double merged = content * (1 - missing);
                runs.RemoveRange(0, count);
                runs.Insert(0, merged);
                written += merged;
            }

            mostRuns = Math.Max(mostRuns, runs.Count);
            if (i > flushes / 2)
            {
                worstSpace = Math.Max(worstSpace, runs.Sum() / content);
            }
        }

        Assert.InRange(written / (flushes * Flush), 1, 6);
        Assert.InRange(worstSpace, 1, 1.8);
        Assert.InRange(mostRuns, 1, 16);
    }

    private static int Choose(List<double> runs, long flush) =>
        CompactionPolicy.Choose([.. runs.Select(static run => (long)run)], flush, Defaults);
}
