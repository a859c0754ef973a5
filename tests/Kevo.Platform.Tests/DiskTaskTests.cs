using Kevo.Core;
using Xunit;

namespace Kevo.Platform.Tests;

public sealed class DiskTaskTests
{
    private static readonly TimeSpan Long = TimeSpan.FromMinutes(1);

    [Fact]
    public void Work_is_done_once_by_a_thread_of_the_pool_or_by_whoever_finishes_it()
    {
        var task = new GatedTask();
        task.Gate.Set();
        Assert.Equal(TimeSpan.Zero, task.Finish());
        for (int round = 1; round <= 1_000; round++)
        {
            task.Start();
            if (round % 2 == 0)
            {
                Assert.True(task.TryAwait(Long));
            }

            task.Finish();
            Assert.Equal(round, task.Done);
        }
    }

    [Fact]
    public void Waiting_ends_with_the_time_or_with_the_work()
    {
        var task = new GatedTask();
        task.Start();
        task.Begun.Wait(Long);
        Assert.False(task.TryAwait(TimeSpan.Zero));
        Assert.False(task.TryAwait(TimeSpan.FromMilliseconds(2)));
        task.Gate.Set();
        Assert.True(task.TryAwait(Long));
        task.Finish();
    }

    [Fact]
    public void An_error_is_told_once()
    {
        var task = new GatedTask { Error = new StorageException(StorageFault.Full, "full", "/a") };
        task.Gate.Set();
        task.Start();
        Assert.Same(task.Error, Assert.Throws<StorageException>(() => task.Finish()));
        Assert.Equal(TimeSpan.Zero, task.Finish());
        task.Error = null;
        task.Start();
        task.Finish();
    }

    [Fact]
    public void Held_work_is_done_by_whoever_finishes_it()
    {
        var task = new GatedTask();
        task.Gate.Set();
        bool isBusy = true;
        task.Hold(() => isBusy);
        Assert.False(task.TryAwait(Long));
        Assert.Throws<InvalidOperationException>(task.Start);
        isBusy = false;
        Assert.True(task.TryAwait(TimeSpan.Zero));
        Assert.Equal(0, task.Done);
        task.Finish();
        Assert.Equal(1, task.Done);
    }

    [Fact]
    public async Task Abandoned_work_is_not_begun_and_is_waited_for_where_it_was()
    {
        var task = new GatedTask();
        task.Hold();
        task.Abandon();
        Assert.Equal(TimeSpan.Zero, task.Finish());
        Assert.Equal(0, task.Done);

        task.Start();
        task.Begun.Wait(Long);
        Task abandoned = Task.Run(task.Abandon);
        Assert.False(abandoned.IsCompleted);
        task.Gate.Set();
        await abandoned.WaitAsync(Long);
        Assert.Equal(1, task.Done);
    }

    private sealed class GatedTask : DiskTask
    {
        public ManualResetEventSlim Gate { get; } = new();

        public ManualResetEventSlim Begun { get; } = new();

        public StorageException? Error { get; set; }

        public int Done { get; private set; }

        protected override void Work()
        {
            Begun.Set();
            Gate.Wait(Long);
            if (Error is not null)
            {
                throw Error;
            }

            Done++;
        }
    }
}
