using Kevo.Server.Hosting;
using Kevo.Wire.Contracts.Client;
using static Kevo.Server.Tests.ServerFixture;

namespace Kevo.Server.Tests;

/// <summary>What a replica says about itself, as stock clients need it.</summary>
public sealed class InformationTests
{
    [Fact]
    public async Task Node_info_says_replica_itself_and_where_it_is()
    {
        await using ServerFixture server = await ServerFixture.StartAsync();
        server.Store.Put(Raw("k"), Raw("v"));
        server.Store.Put(Raw("k"), Raw("w"));
        GetNodeInfoResponse info = await server.Client.GetNodeInfoAsync(new GetNodeInfoRequest());
        Assert.Equal(GetNodeInfoResponse.Types.NodeRole.Replica, info.NodeRole);
        Assert.Equal("", info.PrimaryAddress);
        Assert.True(info.ReadOnly);
        Assert.Equal("1.4.2", info.Version);
        Assert.Equal(2ul, info.LastSequence);
        ReplicaInfo itself = Assert.Single(info.Replicas);
        Assert.Equal(server.Server.Address, itself.Address);
        Assert.Equal(2ul, itself.LastSequence);
        Assert.True(itself.Available);
        Assert.Equal("", itself.Region);
        Assert.Empty(itself.Meta);
    }

    [Fact]
    public async Task Advertised_and_announced_addresses_are_passed_on_verbatim()
    {
        ReadServerOptions options = Options(service => service with
        {
            AdvertisedAddress = "replica.example:7000",
            AnnouncedPrimaryAddress = "primary.example:50051",
        });
        await using ServerFixture server = await ServerFixture.StartAsync(options);
        GetNodeInfoResponse info = await server.Client.GetNodeInfoAsync(new GetNodeInfoRequest());
        Assert.Equal("primary.example:50051", info.PrimaryAddress);
        Assert.Equal("replica.example:7000", info.Replicas[0].Address);
        Assert.Equal("replica.example:7000", server.Server.AdvertisedAddress);
    }

    [Fact]
    public async Task Stats_are_figures_of_the_store_and_of_the_calls()
    {
        await using ServerFixture server = await ServerFixture.StartAsync();
        server.Store.Put(Raw("k1"), Raw("value"));
        server.Store.Put(Raw("k2"), Raw("value"));
        await server.Client.GetAsync(new GetRequest { Key = Bytes("k1") });
        GetStatsResponse stats = await server.Client.GetStatsAsync(new GetStatsRequest());
        Assert.Equal(2, stats.KeyCount);
        Assert.Equal(14, stats.StorageSize);
        Assert.Equal(1, stats.MemtableCount);
        Assert.Equal(1 + 2, stats.ReadAmplification);
        Assert.Equal(1ul, stats.OperationCounts["Get"]);
        Assert.Equal(1ul, stats.LatencyStats["Get"].Count);
        Assert.True(stats.LatencyStats["Get"].MinNs <= stats.LatencyStats["Get"].MaxNs);
        Assert.Equal(5, stats.TotalBytesRead);
        Assert.NotNull(stats.RecoveryStats);
        await Until(() => server.Store.OpenSnapshots == 0);
    }

    [Fact]
    public void Listening_everywhere_needs_an_advertised_address()
    {
        ReadServerOptions options = Options() with { Listen = ListenAddress.Parse("*:0") };
        Kevo.Core.ConfigurationException refused =
            Assert.Throws<Kevo.Core.ConfigurationException>(() => Unstarted(options));
        Assert.Contains("advertised", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Forwarding_needs_the_primarys_address()
    {
        ReadServerOptions options =
            Options(service => service with { PrimaryClientAddress = "" }) with { ForwardWrites = true };
        Assert.Throws<Kevo.Core.ConfigurationException>(() => Unstarted(options));
    }

    [Fact]
    public async Task An_address_in_use_is_an_error_that_names_it()
    {
        await using ServerFixture first = await ServerFixture.StartAsync();
        ReadServerOptions options = Options() with { Listen = ListenAddress.Parse(first.Server.Address) };
        Kevo.Core.ConfigurationException refused =
            await Assert.ThrowsAsync<Kevo.Core.ConfigurationException>(() => ServerFixture.StartAsync(options));
        Assert.Contains(first.Server.Address, refused.Message, StringComparison.Ordinal);
    }
}
