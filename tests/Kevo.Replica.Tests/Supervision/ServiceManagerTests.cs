using System.Globalization;
using Kevo.Core;
using Kevo.Replica.Supervision;
using Kevo.Testing;

namespace Kevo.Replica.Tests.Supervision;

public sealed class ServiceManagerTests
{
    private readonly List<string> _lost = [];

    [Fact]
    public void Every_message_arrives_at_a_socket_with_a_path()
    {
        using var directory = new TemporaryDirectory();
        using var socket = new NotifySocket(directory.Combine("notify"));
        AssertMessages(socket, directory.Combine("notify"));
    }

    [Fact]
    public void Every_message_arrives_at_a_socket_with_an_abstract_name()
    {
        string name = $"kevo-replica-test-{Environment.ProcessId}";
        using var socket = new NotifySocket("\0" + name);
        AssertMessages(socket, "@" + name);
    }

    [Fact]
    public void Without_a_manager_nothing_is_sent_and_nothing_fails()
    {
        using ServiceManager manager = Make();
        Assert.False(manager.IsPresent);
        Assert.Null(manager.Watchdog);
        manager.Ready("works");
        Assert.Empty(_lost);
    }

    [Fact]
    public void A_manager_that_is_gone_is_told_of_once()
    {
        using var directory = new TemporaryDirectory();
        using ServiceManager manager = Make(("NOTIFY_SOCKET", directory.Combine("nobody")));
        manager.Ready("works");
        manager.Alive("works");
        Assert.Single(_lost);
    }

    [Theory]
    [InlineData("60000000", "", 60.0)]
    [InlineData("60000000", "7", 60.0)]
    [InlineData("60000000", "8", null)]
    [InlineData("", "", null)]
    public void A_watchdog_counts_when_it_is_meant_for_this_process(string limit, string owner, double? seconds)
    {
        using ServiceManager manager = Make(
            ("NOTIFY_SOCKET", "@nobody"), ("WATCHDOG_USEC", limit), ("WATCHDOG_PID", owner));
        Assert.Equal(seconds, manager.Watchdog?.TotalSeconds);
    }

    [Theory]
    [InlineData("NOTIFY_SOCKET", "vsock:2:1234")]
    [InlineData("NOTIFY_SOCKET", "@")]
    [InlineData("WATCHDOG_USEC", "soon")]
    [InlineData("WATCHDOG_USEC", "0")]
    public void A_variable_that_systemd_never_writes_is_an_error_that_names_it(string name, string value)
    {
        ConfigurationException error = Assert.Throws<ConfigurationException>(
            () => name == "NOTIFY_SOCKET" ? Make((name, value)) : Make(("NOTIFY_SOCKET", "@nobody"), (name, value)));
        Assert.Contains(name, error.Message, StringComparison.Ordinal);
    }

    private void AssertMessages(NotifySocket socket, string address)
    {
        using ServiceManager manager = Make(("NOTIFY_SOCKET", address));
        manager.Ready("WAITING_FOR_DATA, durable up to 1:7");
        Assert.Equal("READY=1\nSTATUS=WAITING_FOR_DATA, durable up to 1:7", socket.Receive());
        manager.Alive("works");
        Assert.Equal("WATCHDOG=1\nSTATUS=works", socket.Receive());
        manager.Status("recovering");
        Assert.Equal("STATUS=recovering", socket.Receive());
        manager.Reloading();
        string[] reloading = socket.Receive().Split('\n');
        Assert.Equal("RELOADING=1", reloading[0]);
        long told = long.Parse(reloading[1]["MONOTONIC_USEC=".Length..], CultureInfo.InvariantCulture);
        double uptime = double.Parse(
            File.ReadAllText("/proc/uptime").Split(' ')[0], CultureInfo.InvariantCulture) * 1_000_000;
        Assert.InRange(told, uptime - 10_000_000, uptime + 1_000_000);
        manager.Stopping();
        Assert.Equal("STOPPING=1\nSTATUS=stopping", socket.Receive());
        Assert.Empty(_lost);
    }

    private ServiceManager Make(params (string Name, string Value)[] environment) => ServiceManager.From(
        environment.ToDictionary(variable => variable.Name, variable => variable.Value), 7, TimeProvider.System,
        _lost.Add);
}
