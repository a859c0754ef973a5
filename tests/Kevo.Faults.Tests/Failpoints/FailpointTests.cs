using System.Collections.Concurrent;
using System.Globalization;
using Kevo.Faults.Tests.Scenarios;
using Kevo.Testing;
using Kevo.Testing.Proof;

namespace Kevo.Faults.Tests.Failpoints;

/// <summary>
/// Goal: whatever call to the disk fails, and however, nothing acknowledged is lost and nothing else appears. Method:
/// every name that code gives to a call fails in every way, spread over its calls in lives of several seeds.
/// <c>KEVO_FAILPOINT_HITS</c> sets how many times each name is hit (default 100).
/// </summary>
public sealed class FailpointTests
{
    private static readonly int Hits =
        int.TryParse(Environment.GetEnvironmentVariable("KEVO_FAILPOINT_HITS"), CultureInfo.InvariantCulture, out int n)
            ? n
            : 100;

    private static readonly FailpointKind[] Kinds = Enum.GetValues<FailpointKind>();

    [Fact]
    public void Every_call_to_the_disk_may_fail_in_every_way_without_loss()
    {
        int first = Seed.For(1);
        var points = new List<(Func<int, Scenario> Scenario, int Seed, string Name, int Occurrence)>();
        var reached = new HashSet<string>();
        foreach (Func<int, Scenario> scenario in FailpointRun.Scenarios)
        {
            Dictionary<string, List<(int Seed, int Calls)>> calls = CallsBySeed(scenario, first);
            foreach ((string name, List<(int Seed, int Calls)> seeds) in calls)
            {
                if (OperationNames.All.Contains(name) && reached.Add(name))
                {
                    points.AddRange(Spread(seeds).Select(place => (scenario, place.Seed, name, place.Occurrence)));
                }
            }
        }

        Assert.Equal([], OperationNames.All.Except(reached));
        var failures = new ConcurrentQueue<string>();
        Parallel.ForEach(points, new ParallelOptions { MaxDegreeOfParallelism = 2 }, point =>
        {
            foreach (FailpointKind kind in Kinds)
            {
                try
                {
                    FailpointRun.Run(point.Scenario, point.Seed, point.Name, point.Occurrence, kind);
                }
                catch (ProofFailedException failure)
                {
                    failures.Enqueue(failure.Message);
                }
            }
        });

        string all = string.Join("\n\n", failures.DistinctBy(static text => text.Split(" of ")[^1]).Take(8));
        Assert.True(failures.IsEmpty, $"{failures.Count} of {points.Count * Kinds.Length} runs fail:\n{all}");
        ProofLine.Write(
            "failpoints", ("operation names", reached.Count), ("hits", points.Count * Kinds.Length), ("seeds", Seeds));
    }

    private const int Seeds = 6;

    private static Dictionary<string, List<(int Seed, int Calls)>> CallsBySeed(Func<int, Scenario> scenario, int first)
    {
        var calls = new Dictionary<string, List<(int, int)>>();
        for (int seed = first; seed < first + Seeds; seed++)
        {
            foreach ((string name, int count) in FailpointRun.Count(scenario, seed))
            {
                if (!calls.TryGetValue(name, out List<(int, int)>? seeds))
                {
                    calls[name] = seeds = [];
                }

                seeds.Add((seed, count));
            }
        }

        return calls;
    }

    /// <summary>
    /// Places evenly over all calls of a name in all seeds; where there are fewer calls than wanted, every call, again
    /// with other seeds.
    /// </summary>
    private static IEnumerable<(int Seed, int Occurrence)> Spread(List<(int Seed, int Calls)> seeds)
    {
        int wanted = Math.Max(1, Hits / Kinds.Length);
        int total = seeds.Sum(static seed => seed.Calls);
        for (int i = 0; i < wanted; i++)
        {
            int place = total <= wanted ? i % total : (int)((long)i * total / wanted);
            int turn = total <= wanted ? i / total : 0;
            foreach ((int seed, int calls) in seeds)
            {
                if (place < calls)
                {
                    // Seeds choose settings by their remainders, which decide what is called.
                    yield return (seed + (turn * 6000), place + 1);
                    break;
                }

                place -= calls;
            }
        }
    }
}
