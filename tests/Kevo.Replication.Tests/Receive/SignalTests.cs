using Kevo.Replication.Receive;
using Kevo.Testing;

namespace Kevo.Replication.Tests.Receive;

public sealed class SignalTests
{
    [Fact]
    public void A_signal_set_before_the_wait_is_remembered_once()
    {
        Signal signal = new();
        signal.Set();
        signal.Set();
        Assert.True(signal.WaitAsync().IsCompleted);
        Assert.False(signal.WaitAsync().IsCompleted);
    }

    [Fact]
    public void Two_waiters_are_refused()
    {
        Signal signal = new();
        _ = signal.WaitAsync();
        Assert.Throws<InvalidOperationException>(() => { _ = signal.WaitAsync(); });
    }

    [Fact]
    public async Task No_wake_is_lost_between_threads()
    {
        Signal ping = new();
        Signal pong = new();
        const int Rounds = 20_000;
        Task other = Task.Run(async () =>
        {
            for (int i = 0; i < Rounds; i++)
            {
                await ping.WaitAsync();
                pong.Set();
            }
        });
        for (int i = 0; i < Rounds; i++)
        {
            ping.Set();
            await pong.WaitAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(30));
        }

        await other.WaitAsync(TimeSpan.FromSeconds(30));
    }

    [Fact]
    public void Waiting_and_setting_allocate_nothing()
    {
        Signal signal = new();
        bool completed = true;
        Assert.Equal(0, AllocatedBytes.LeastOf(() => completed &= SetAndWait(signal, 1000)));
        Assert.True(completed);
    }

    private static bool SetAndWait(Signal signal, int rounds)
    {
        bool completed = true;
        for (int i = 0; i < rounds; i++)
        {
            signal.Set();
            completed &= signal.WaitAsync().IsCompletedSuccessfully;
        }

        return completed;
    }
}
