using Kevo.Replica.Supervision;
using Kevo.Testing;
using Microsoft.Extensions.Time.Testing;

namespace Kevo.Replica.Tests.Supervision;

/// <summary>The watchdog is fed as long as the loop moves, and no longer.</summary>
public sealed class HeartbeatTests
{
    private readonly FakeTimeProvider _time = new();
    private long _pulse;
    private bool _stuck;
    private int _hung;

    [Fact]
    public void A_loop_that_answers_nudges_keeps_the_watchdog_quiet_and_one_that_hangs_does_not()
    {
        using var directory = new TemporaryDirectory();
        using var socket = new NotifySocket(directory.Combine("notify"));
        using var manager = new ServiceManager(
            directory.Combine("notify"), TimeSpan.FromSeconds(12), _time, _ => Assert.Fail("The socket is there."));
        var watch = new LoopWatch(() => _pulse, () => _pulse += _stuck ? 0 : 1, TimeSpan.FromSeconds(20), _time);
        using var heartbeat = new Heartbeat(manager, watch.Look, () => "works", () => _hung++, _time);

        for (int beats = 0; beats < 10; beats++)
        {
            _time.Advance(TimeSpan.FromSeconds(4));
            Assert.Equal("WATCHDOG=1\nSTATUS=works", socket.Receive());
        }

        _stuck = true;
        for (int beats = 0; beats < 6; beats++)
        {
            _time.Advance(TimeSpan.FromSeconds(4));
            Assert.StartsWith("WATCHDOG=1", socket.Receive(), StringComparison.Ordinal);
        }

        for (int beats = 0; beats < 3; beats++)
        {
            _time.Advance(TimeSpan.FromSeconds(4));
            Assert.Equal("STATUS=works", socket.Receive());
        }

        Assert.Equal(1, _hung);
        _stuck = false;
        _time.Advance(TimeSpan.FromSeconds(4));
        Assert.Equal("STATUS=works", socket.Receive());
        _time.Advance(TimeSpan.FromSeconds(4));
        Assert.StartsWith("WATCHDOG=1", socket.Receive(), StringComparison.Ordinal);
        Assert.False(socket.HasMore);
    }

    [Fact]
    public void Without_a_watchdog_only_the_status_is_told()
    {
        using var directory = new TemporaryDirectory();
        using var socket = new NotifySocket(directory.Combine("notify"));
        using var manager = new ServiceManager(
            directory.Combine("notify"), watchdog: null, _time, _ => Assert.Fail("The socket is there."));
        using var heartbeat = new Heartbeat(manager, () => true, () => "works", () => _hung++, _time);
        _time.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal("STATUS=works", socket.Receive());
    }
}
