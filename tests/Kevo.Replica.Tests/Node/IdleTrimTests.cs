using Kevo.Platform;
using Kevo.Replica.Node;
using Microsoft.Extensions.Time.Testing;

namespace Kevo.Replica.Tests.Node;

public sealed class IdleTrimTests
{
    [Fact]
    public void Memory_is_given_back_once_each_time_the_node_falls_idle()
    {
        var time = new FakeTimeProvider();
        long work = 1;
        int trims = 0;
        using var trim = new IdleTrim(() => work, () => trims++, time);
        time.Advance(IdleTrim.Interval);
        Assert.Equal(0, trims);
        time.Advance(IdleTrim.Interval);
        time.Advance(IdleTrim.Interval);
        Assert.Equal(1, trims);
        work++;
        time.Advance(IdleTrim.Interval);
        Assert.Equal(1, trims);
        time.Advance(IdleTrim.Interval);
        Assert.Equal(2, trims);
    }

    [Fact]
    public void A_process_that_gave_its_memory_back_goes_on_and_knows_what_it_uses()
    {
        IdleTrim.ReleaseMemory();
        ProcessMemory memory = ProcessMemory.Read()!.Value;
        Assert.True(memory.Anonymous > 0);
        Assert.True(memory.Mapped > 0);
        Assert.Equal(memory.Resident, memory.Anonymous + memory.Mapped);
    }
}
