using Kevo.Core;
using Kevo.Replication.Follow;
using Kevo.Testing;

namespace Kevo.Replication.Tests.Follow;

public sealed class ReplicaPositionsTests
{
    private static LogPosition At(ulong sequence) => new(1, sequence);

    [Fact]
    public void They_start_at_what_is_held_with_nothing_acknowledged()
    {
        ReplicaPositions positions = new(At(5));
        Assert.Equal(At(5), positions.Received.Value);
        Assert.Equal(At(5), positions.Appended.Value);
        Assert.Equal(At(5), positions.Durable.Value);
        Assert.Equal(LogPosition.None, positions.Acknowledged.Value);
    }

    [Fact]
    public void Only_durable_positions_are_permitted_to_be_acknowledged()
    {
        ReplicaPositions positions = new(At(5));
        positions.Append(At(9), At(8));
        Assert.Throws<InvalidOperationException>(() => positions.PermitAcknowledgement(At(6)));
        Assert.Throws<InvalidOperationException>(() => positions.Acknowledge(At(6)));
        positions.Sync(At(8));
        Assert.Equal(At(8), positions.PermitAcknowledgement(At(8)));
        positions.Acknowledge(At(8));
        Assert.Equal(At(8), positions.Acknowledged.Value);
    }

    [Fact]
    public void None_goes_back()
    {
        ReplicaPositions positions = new(At(5));
        positions.Append(At(9), At(8));
        Assert.Throws<InvalidOperationException>(() => positions.Append(At(9), At(7)));
        positions.Append(At(6), At(8));
        Assert.Equal(At(9), positions.Received.Value);
        positions.Sync(At(8));
        Assert.Throws<InvalidOperationException>(() => positions.Sync(At(7)));
        positions.Acknowledge(At(8));
        positions.Acknowledge(At(6));
        Assert.Equal(At(8), positions.Acknowledged.Value);
    }

    [Fact]
    public void Durable_never_passes_appended()
    {
        ReplicaPositions positions = new(At(5));
        Assert.Throws<InvalidOperationException>(() => positions.Sync(At(6)));
    }

    [Fact]
    public void A_discarded_batch_takes_back_what_was_only_appended()
    {
        ReplicaPositions positions = new(At(5));
        positions.Append(At(9), At(8));
        positions.Discard();
        Assert.Equal(
            (At(9), At(5), At(5)), (positions.Received.Value, positions.Appended.Value, positions.Durable.Value));
    }

    [Fact]
    public void Whatever_happens_received_appended_durable_and_acknowledged_stay_in_order()
    {
        int seed = Seed.For(11);
        Random random = new(seed);
        ReplicaPositions positions = new(LogPosition.None);
        for (int i = 0; i < 10_000; i++)
        {
            LogPosition position = At((ulong)random.Next(1, 2000));
            try
            {
                switch (random.Next(4))
                {
                    case 0:
                        positions.Append(At((ulong)random.Next(1, 3000)), position);
                        break;
                    case 1:
                        positions.Sync(position);
                        break;
                    case 2:
                        positions.Acknowledge(position);
                        break;
                    default:
                        positions.Discard();
                        break;
                }
            }
            catch (InvalidOperationException)
            {
                // Refused; the order must hold all the same.
            }

            PositionSet set = positions.Read();
            Assert.True(
                set.Received.Value >= set.Appended.Value && set.Appended.Value >= set.Durable.Value
                    && set.Durable.Value >= set.Acknowledged.Value,
                $"seed {seed}, step {i}: {set}");
        }
    }
}
