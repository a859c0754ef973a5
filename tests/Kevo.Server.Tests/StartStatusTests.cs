using Kevo.Core;
using Kevo.Server.Metrics;
using Kevo.Server.Reporting;
using Microsoft.Extensions.Time.Testing;

namespace Kevo.Server.Tests;

/// <summary>What a node says before its directory is open, and what is asked of nodes that follow nobody.</summary>
public sealed class StartStatusTests : IDisposable
{
    private readonly FakeTimeProvider _time = new();
    private readonly ReplicaMetrics _metrics = new("1.2.3", TimeProvider.System);

    /// <inheritdoc/>
    public void Dispose() => _metrics.Dispose();

    [Fact]
    public void Recovery_is_the_only_reason_while_it_lasts_and_says_how_far_it_is()
    {
        var start = new StartStatus(_time);
        FollowerStatus status = Follower(start);
        start.Report(new WorkProgress("replaying the log", 1, 4));
        ReplicaReport report = status.GetReport();
        Assert.Equal((StartStatus.Recovering, "primary:50052"), (report.State, report.PrimaryAddress));
        Assert.Contains(report.State, report.AllStates);
        Assert.Equal(0.25, report.Recovery!.Fraction);
        ReadinessCheck check = Assert.Single(Judge(status).Checks, check => !check.Passed);
        Assert.Equal(ReadinessCodes.Recovering, check.Code);
        Assert.Contains("replaying the log, 25 %", check.Detail, StringComparison.Ordinal);

        start.Complete();
        Assert.Equal("CONNECTING", status.GetReport().State);
        Assert.Null(status.GetReport().Recovery);
        Assert.DoesNotContain(Judge(status).Checks, check => check.Code == ReadinessCodes.Recovering);
    }

    [Fact]
    public void A_directory_that_cannot_be_used_is_fatal_and_counted()
    {
        var start = new StartStatus(_time);
        FollowerStatus status = Follower(start);
        start.Fail(new StorageException(StorageFault.Corrupt, "The log is damaged.", "/data/log"));
        ReplicaReport report = status.GetReport();
        Assert.Equal((StartStatus.Failing, "disk-corrupt"), (report.State, report.Fatal!.Reason));
        Assert.Equal(report.Fatal, report.Trouble);
        Assert.Equal(1, report.Counters.ErrorsByKind["storage"]);
        Assert.Equal(1, report.Counters.ChecksumErrors);
        Assert.Equal("disk-corrupt", Assert.Single(Judge(status).Checks, check => !check.Passed).Cause);
    }

    [Theory]
    [InlineData(NodeRoles.Relay, new string[0])]
    [InlineData(NodeRoles.Sidecar, new[] { ReadinessCodes.Lagging })]
    [InlineData(NodeRoles.Replica, new[] { ReadinessCodes.PrimarySilent, ReadinessCodes.Lagging })]
    public void A_node_that_follows_nobody_need_not_hear_a_primary(string role, string[] reasons)
    {
        var status = new TestStatus();
        status.Report = status.Report with
        {
            Role = role, PrimaryHeardAt = null, Lag = new LagReport { Time = TimeSpan.FromHours(1) },
        };
        Assert.Equal(
            reasons,
            new Readiness(status, new ReadinessLimits(), TimeProvider.System).Evaluate().Checks
                .Where(check => !check.Passed).Select(check => check.Code));
    }

    private FollowerStatus Follower(StartStatus start) =>
        new(_metrics, TimeSpan.FromSeconds(30), _time) { Start = start, PrimaryAddress = "primary:50052" };

    private ReadinessReport Judge(IReplicaStatus status) =>
        new Readiness(status, new ReadinessLimits(), _time).Evaluate();
}
