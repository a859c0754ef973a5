using Kevo.EndToEnd.Tests.Processes;
using Kevo.Replica;

namespace Kevo.EndToEnd.Tests;

public sealed class DemoTests
{
    [Theory]
    [InlineData]
    [InlineData("--stock")]
    [InlineData("--seed", "7", "--rate", "2000")]
    public async Task The_tour_kills_recovers_and_verifies(params string[] flags)
    {
        await using ReplicaRun demo = await ReplicaRun.ToEndAsync(["demo", "--duration", "4s", .. flags]);
        Assert.True(await demo.WaitForEndAsync() == ExitCode.Ok, demo.Said);
        Assert.Contains(demo.Out, line => line.StartsWith("killed: ", StringComparison.Ordinal));
        Assert.Contains(demo.Out, line => line.StartsWith("recovered: ", StringComparison.Ordinal));
        Assert.Matches(@"^verified: \d+ keys, \d+ sequences identical$", demo.Out[^1]);
    }
}
