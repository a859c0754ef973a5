using Kevo.Replication.Follow;
using Microsoft.Extensions.Time.Testing;

namespace Kevo.Replication.Tests.Follow;

public sealed class TickClockTests
{
    [Theory]
    [InlineData(0, 20)]
    [InlineData(5, 15)]
    [InlineData(20, 0)]
    [InlineData(70, 0)]
    [InlineData(71, 49)]
    [InlineData(99, 21)]
    [InlineData(100, 20)]
    [InlineData(1_050, 0)]
    [InlineData(360_090, 30)]
    public void Acknowledgements_wait_for_the_quiet_part_of_the_period(int sinceTick, int delay)
    {
        FakeTimeProvider time = new();
        TickClock ticks = new(time);
        ticks.Observe(time.GetTimestamp());
        time.Advance(TimeSpan.FromMilliseconds(sinceTick));
        Assert.Equal(TimeSpan.FromMilliseconds(delay), ticks.DelayUntilQuiet());
    }
}
