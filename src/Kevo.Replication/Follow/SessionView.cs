using Kevo.Replication.Receive;
using Kevo.Replication.Session;

namespace Kevo.Replication.Follow;

/// <summary>The open session as other threads see it.</summary>
internal sealed record SessionView(SessionHeaders Headers, FollowPlan Plan, StreamReceiver Receiver);
