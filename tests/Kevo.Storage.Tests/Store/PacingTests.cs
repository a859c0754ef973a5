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
    public void A_batch_fills_in_small_steps_while_the_disk_stalls()
    {
        const long Limit = 16 << 20;
        foreach (long added in new long[] { 4_096, 100_000, 1 << 20 })
        {
            TimeSpan whole = TimeSpan.Zero;
            for (long open = added; open < Limit; open += added)
            {
                TimeSpan step = Pacing.PatienceFor(added, open, Limit);
                Assert.InRange(step, TimeSpan.Zero, TimeSpan.FromMilliseconds(20));
                whole += step;
            }

            Assert.InRange(whole, TimeSpan.FromMilliseconds(200), TimeSpan.FromMilliseconds(300));
        }
    }

    [Fact]
    public void The_share_grows_with_the_backlog_and_outpaces_the_writer_before_memory_is_full()
    {
        Assert.Equal(1000, Pacing.WorkFor(1000, pendingFlushes: 2, runs: 1));
        Assert.True(Pacing.WorkFor(1000, pendingFlushes: StoreOptions.MemtablesMax - 1, runs: 1) > 2000);
        Assert.True(Pacing.WorkFor(1000, 0, runs: 20) < Pacing.WorkFor(1000, 0, runs: 40));
    }
}
