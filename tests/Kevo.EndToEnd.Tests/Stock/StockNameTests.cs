using System.Net;
using Kevo.Relay.Stock;
using Kevo.Relay.StockServer;

namespace Kevo.EndToEnd.Tests.Stock;

/// <summary>A primary that is known by a name.</summary>
public sealed class StockNameTests
{
    private const string Name = "kevo-primary.test";

    [Fact]
    public async Task A_name_that_means_another_address_is_followed_there()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "Names of one process alone take root.");
        var model = new StockPrimaryModel(
            new StockPrimaryOptions { FreezeCycles = StockFreezeCycles.All }, TimeProvider.System);
        StockPrimaryHost first = await StockPrimaryHost.StartAsync(
            model, new StockPrimaryHostOptions(), TimeProvider.System);
        int replication = first.ReplicationAddress.Port;
        int client = first.ClientAddress.Port;
        string hosts = Path.GetTempFileName();
        try
        {
            await NameAsync(hosts, IPAddress.Loopback);

            // The names of this one process come from our file; it is read anew at every look-up.
            await using var world = StockWorld.Over(first, $"{Name}:{replication}", $"{Name}:{client}",
                ["unshare", "--mount", "sh", "-ec", "mount --bind \"$0\" /etc/hosts; exec \"$@\"", hosts]);
            world.Put("a", "1");
            await world.FollowAsync();
            await world.UntilReadyAsync();
            await first.KillAsync();
            IPAddress other = IPAddress.Parse("127.0.0.2");
            await using StockPrimaryHost second = await StockPrimaryHost.StartAsync(
                model,
                new StockPrimaryHostOptions
                {
                    ReplicationAddress = new IPEndPoint(other, replication),
                    ClientAddress = new IPEndPoint(other, client),
                },
                TimeProvider.System);
            await NameAsync(hosts, other);
            world.Put("b", "1");
            await world.UntilEqualAsync();
            await world.UntilReadyAsync();
        }
        finally
        {
            File.Delete(hosts);
        }
    }

    private static Task NameAsync(string hosts, IPAddress address) =>
        File.WriteAllTextAsync(hosts, $"127.0.0.1 localhost\n{address} {Name}\n");
}
