using Kevo.Storage.Store;
using Xunit;

namespace Kevo.Storage.Tests.Store;

public class PacingTests
{
    [Fact]
    public void A_writer_whose_background_keeps_up_does_nothing_itself()
    {
        Assert.Equal(0, Pacing.WorkFor(1000, pendingFlushes: 0, runs: 16));
        Assert.Equal(0, Pacing.WorkFor(1000, pendingFlushes: 1, runs: 16));
    }

    [Fact]
    public void A_writer_waits_longer_for_the_disk_the_fuller_its_batch_is_but_never_for_long()
    {
        Assert.Equal(TimeSpan.FromMilliseconds(10), Pacing.PatienceFor(0, 1000));
        Assert.Equal(TimeSpan.FromMilliseconds(15), Pacing.PatienceFor(500, 1000));
        Assert.Equal(TimeSpan.FromMilliseconds(20), Pacing.PatienceFor(1000, 1000));
        Assert.Equal(TimeSpan.FromMilliseconds(20), Pacing.PatienceFor(5000, 1000));
    }

    [Fact]
    public void The_share_grows_with_the_backlog_and_outpaces_the_writer_before_memory_is_full()
    {
        Assert.Equal(1000, Pacing.WorkFor(1000, pendingFlushes: 2, runs: 1));
        Assert.True(Pacing.WorkFor(1000, pendingFlushes: StoreOptions.MemtablesMax - 1, runs: 1) > 2000);
        Assert.True(Pacing.WorkFor(1000, 0, runs: 20) < Pacing.WorkFor(1000, 0, runs: 40));
    }
}
