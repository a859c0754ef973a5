using System.Globalization;
using Grpc.Core;
using Kevo.Core;
using Kevo.Wire.Contracts.Client;
using Xunit;
using static Kevo.Server.Tests.ServerFixture;

namespace Kevo.Server.Tests;

/// <summary>Get: what it finds, what it refuses, what it says about its position.</summary>
public sealed class GetTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(4097)]
    public async Task A_key_of_a_bad_size_is_refused_as_stock_does(int length)
    {
        await using ServerFixture server = await ServerFixture.StartAsync();
        Status refusal = await RefusalOf(server.Client.GetAsync(
            new GetRequest { Key = Google.Protobuf.ByteString.CopyFrom(new byte[length]) }));
        Assert.Equal(
            new Status(StatusCode.Unknown, "invalid key size"), new Status(refusal.StatusCode, refusal.Detail));
    }

    [Fact]
    public async Task A_key_of_the_longest_size_is_found()
    {
        await using ServerFixture server = await ServerFixture.StartAsync();
        byte[] key = new byte[4096];
        server.Store.Put(key, Raw("v"));
        GetResponse answer = await server.Client.GetAsync(
            new GetRequest { Key = Google.Protobuf.ByteString.CopyFrom(key) });
        Assert.True(answer.Found);
    }

    [Fact]
    public async Task Absent_and_deleted_keys_are_not_found_and_have_no_value()
    {
        await using ServerFixture server = await ServerFixture.StartAsync();
        server.Store.Put(Raw("gone"), Raw("v"));
        server.Store.Delete(Raw("gone"));
        foreach (string key in new[] { "gone", "never" })
        {
            GetResponse answer = await server.Client.GetAsync(new GetRequest { Key = Bytes(key) });
            Assert.False(answer.Found);
            Assert.True(answer.Value.IsEmpty);
        }
    }

    [Fact]
    public async Task An_empty_value_is_found()
    {
        await using ServerFixture server = await ServerFixture.StartAsync();
        server.Store.Put(Raw("k"), []);
        GetResponse answer = await server.Client.GetAsync(new GetRequest { Key = Bytes("k") });
        Assert.True(answer.Found);
        Assert.True(answer.Value.IsEmpty);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(127)]
    [InlineData(128)]
    [InlineData(16383)]
    [InlineData(16384)]
    [InlineData(10 << 20)]
    public async Task Values_of_every_length_arrive_whole(int length)
    {
        await using ServerFixture server = await ServerFixture.StartAsync();
        byte[] value = new byte[length];
        new Random(length).NextBytes(value);
        server.Store.Put(Raw("k"), value);
        GetResponse answer = await server.Client.GetAsync(new GetRequest { Key = Bytes("k") });
        Assert.Equal(value, answer.Value.ToByteArray());
    }

    [Fact]
    public async Task Every_answer_says_position_and_epoch()
    {
        await using ServerFixture server = await ServerFixture.StartAsync();
        server.Store.Put(Raw("k"), Raw("v"));
        LogPosition position = server.Store.Put(Raw("k"), Raw("w"));
        using AsyncUnaryCall<GetResponse> call = server.Client.GetAsync(new GetRequest { Key = Bytes("k") });
        Metadata headers = await call.ResponseHeadersAsync;
        Assert.Equal(position.ToString(), headers.GetValue("kevo-position"));
        Assert.Equal(position.Epoch.ToString(CultureInfo.InvariantCulture), headers.GetValue("kevo-epoch"));
        await call;
    }

    [Fact]
    public async Task A_corrupt_block_is_data_loss_and_never_not_found()
    {
        await using ServerFixture server = await ServerFixture.StartAsync();
        server.Store.Put(Raw("k"), Raw("v"));
        server.Store.ReadFailure = new StorageException(StorageFault.Corrupt, "table 7.sst, block at 4096: checksum");
        Status refusal = await RefusalOf(server.Client.GetAsync(new GetRequest { Key = Bytes("k") }));
        Assert.Equal(StatusCode.DataLoss, refusal.StatusCode);
        Assert.Contains("7.sst", refusal.Detail, StringComparison.Ordinal);
        await Until(() => server.Store.OpenSnapshots == 0);
    }

    [Fact]
    public async Task Too_many_snapshots_are_said_to_be_a_limit()
    {
        await using ServerFixture server = await ServerFixture.StartAsync();
        server.Store.MaxSnapshots = 0;
        Status refusal = await RefusalOf(server.Client.GetAsync(new GetRequest { Key = Bytes("k") }));
        Assert.Equal(StatusCode.ResourceExhausted, refusal.StatusCode);
    }
}
