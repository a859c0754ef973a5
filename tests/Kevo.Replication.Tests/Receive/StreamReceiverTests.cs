using Kevo.Replication.Observation;
using Kevo.Replication.Receive;
using Kevo.Replication.Session;
using Kevo.Replication.Tests.World;

namespace Kevo.Replication.Tests.Receive;

public sealed class StreamReceiverTests
{
    [Fact]
    public async Task A_receiver_that_waits_for_room_can_be_stopped()
    {
        var queue = new ReceiveQueue(1);
        var session = new ScriptedSession(new SessionHeaders(null, null));
        var receiver = new StreamReceiver(
            session, queue, FullQueueRule.Wait, new Signal(), new CounterBoard(), TimeProvider.System);
        session.Send(Entries.Range(1, 1));
        session.Send(Entries.Range(2, 2));
        receiver.Start();
        Assert.Equal((1, 0), (queue.Count, session.Unread));

        // The limit is only for a receiver that never stops.
        await receiver.StopAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
        Assert.True(receiver.HasEnded);
        queue.Clear();
    }
}
