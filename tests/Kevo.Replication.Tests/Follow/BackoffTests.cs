using Kevo.Replication.Follow;
using Kevo.Testing;

namespace Kevo.Replication.Tests.Follow;

public sealed class BackoffTests
{
    [Fact]
    public void Delays_grow_by_the_multiplier_up_to_the_cap_and_shrink_by_jitter_only()
    {
        int seed = Seed.For(7);
        Backoff backoff = new(new ReplicaOptions(), new Random(seed));
        double plain = 1.0;
        for (int i = 0; i < 40; i++)
        {
            double delay = backoff.NextDelay().TotalSeconds;
            Assert.True(delay <= plain && delay >= plain * 0.8, $"seed {seed}, attempt {i}: {delay} for {plain}");
            plain = Math.Min(plain * 1.5, 60.0);
        }

        Assert.Equal(40, backoff.Failures);
    }

    [Fact]
    public void Success_starts_again_from_the_base_delay()
    {
        Backoff backoff = new(new ReplicaOptions(), new Random(1));
        for (int i = 0; i < 10; i++)
        {
            backoff.NextDelay();
        }

        backoff.Reset();
        Assert.Equal(0, backoff.Failures);
        Assert.InRange(backoff.NextDelay().TotalSeconds, 0.8, 1.0);
    }

    [Fact]
    public void Two_nodes_do_not_wait_equally_long()
    {
        Backoff one = new(new ReplicaOptions(), new Random(1));
        Backoff other = new(new ReplicaOptions(), new Random(2));
        Assert.NotEqual(one.NextDelay(), other.NextDelay());
    }
}
