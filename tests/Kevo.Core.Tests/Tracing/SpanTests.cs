using System.Diagnostics;
using Kevo.Core.Tracing;
using Kevo.Testing;

namespace Kevo.Core.Tests.Tracing;

/// <summary>Spans with and without a listener; one after the other, because listeners hear the whole process.</summary>
public sealed class SpanTests
{
    private static readonly GapException Missing = new("missing");

    [Fact]
    public void Without_a_listener_a_span_makes_no_garbage()
    {
        Assert.False(Spans.AreWanted);
        Assert.Equal(0, AllocatedBytes.LeastOf(static () => Work(1000)));
    }

    [Fact]
    public void A_listener_gets_attributes_status_and_parent_and_nothing_becomes_ambient()
    {
        List<Activity> stopped = [];
        using ActivityListener listener = Listen(stopped, ActivitySamplingResult.AllDataAndRecorded);
        using var ambient = new Activity("of somebody else");
        ambient.Start();
        TraceSpan walk = Spans.Start(SpanTable.Snapshot).Set(SpanAttributes.Keys, 7);
        Assert.Same(ambient, Activity.Current);
        using (TraceSpan child = Spans.Start(SpanTable.Reconcile, walk.Context))
        {
            child.Set(new LogPosition(2, 9));
        }

        walk.Fail(new StorageException(StorageFault.Full, "No space.", "/data"));
        walk.Dispose();
        Assert.Same(ambient, Activity.Current);
        Assert.Equal(["kevo.replica.reconcile", "kevo.replica.snapshot"], stopped.Select(span => span.OperationName));
        Assert.Equal("2:9", stopped[0].GetTagItem(SpanAttributes.Position));
        Assert.Equal(stopped[1].SpanId, stopped[0].ParentSpanId);
        Assert.Equal(default, stopped[1].ParentSpanId);
        Assert.Equal(7L, stopped[1].GetTagItem(SpanAttributes.Keys));
        Assert.Equal("disk-full", stopped[1].GetTagItem(SpanAttributes.ErrorType));
        Assert.Equal((ActivityStatusCode.Error, "No space."), (stopped[1].Status, stopped[1].StatusDescription));
        Assert.Equal(ActivityKind.Client, stopped[1].Kind);
    }

    [Fact]
    public void A_span_of_the_past_has_the_times_it_is_given()
    {
        List<Activity> stopped = [];
        using ActivityListener listener = Listen(stopped, ActivitySamplingResult.AllDataAndRecorded);
        DateTimeOffset start = DateTimeOffset.UnixEpoch.AddDays(1);
        Spans.StartAt(SpanTable.Batch, start).EndAt(start.AddMilliseconds(5));
        Activity batch = Assert.Single(stopped);
        Assert.Equal((start.UtcDateTime, TimeSpan.FromMilliseconds(5)), (batch.StartTimeUtc, batch.Duration));
    }

    [Fact]
    public void What_a_sampler_leaves_out_is_not_recorded()
    {
        List<Activity> stopped = [];
        using ActivityListener listener = Listen(stopped, ActivitySamplingResult.PropagationData);
        Assert.False(Spans.Start(SpanTable.Batch).IsRecorded);
    }

    [Fact]
    public void Names_are_unique_and_every_definition_is_in_the_table()
    {
        Assert.All(SpanTable.All, span => Assert.Matches("^kevo\\.[A-Za-z.]+(/\\*)?$", span.Name));
        Assert.Equal(SpanTable.All.Count, SpanTable.All.Select(span => span.Name).Distinct().Count());
        Assert.Equal(
            SpanTable.All.Count,
            typeof(SpanTable).GetFields().Count(field => field.FieldType == typeof(SpanDefinition)));
        Assert.True(SpanTable.IsFrequent("kevo.KevoService/Get"));
        Assert.True(SpanTable.IsFrequent(SpanTable.Sync.Name));
        Assert.False(SpanTable.IsFrequent(SpanTable.Connect.Name));
    }

    private static void Work(int times)
    {
        for (int i = 0; i < times; i++)
        {
            using TraceSpan batch = Spans.StartAt(SpanTable.Batch, DateTimeOffset.UnixEpoch)
                .Set(new LogPosition(1, (ulong)i))
                .Set(SpanAttributes.Entries, i)
                .Set(SpanAttributes.Reason, "none");
            Spans.Start(SpanTable.Sync, batch.Context).EndAt(DateTimeOffset.UnixEpoch);
            batch.SetStatus(13, isError: true);
            batch.Fail(Missing);
        }
    }

    private static ActivityListener Listen(List<Activity> stopped, ActivitySamplingResult result)
    {
        var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == SpanTable.SourceName,
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => result,
            ActivityStopped = stopped.Add,
        };
        ActivitySource.AddActivityListener(listener);
        return listener;
    }
}
