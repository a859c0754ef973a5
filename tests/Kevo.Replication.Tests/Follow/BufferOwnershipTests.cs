using Kevo.Core;
using Kevo.Replication.Tests.World;

namespace Kevo.Replication.Tests.Follow;

/// <summary>Runs while no other test uses the pool that all of them share.</summary>
[CollectionDefinition(nameof(BufferOwnershipTests), DisableParallelization = true)]
[Collection(nameof(BufferOwnershipTests))]
public sealed class BufferOwnershipTests
{
    [Fact]
    public void Every_received_buffer_goes_back_to_its_pool()
    {
        int before = Entries.Pool.Outstanding;
        using (ReplicaWorld world = new ReplicaWorld().Start())
        {
            world.SendTogether(
                Entries.Range(1, 5), Entries.Heartbeat(), Entries.Message(Entries.Put(9)), Entries.Range(6, 7));
            world.Run(() => world.Session.Fail(new ConnectionException("cut")));
        }

        Assert.Equal(before, Entries.Pool.Outstanding);
    }
}
