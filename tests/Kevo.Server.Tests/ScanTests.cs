using Google.Protobuf;
using Grpc.Core;
using Kevo.Server.Hosting;
using Kevo.Testing;
using Kevo.Wire.Contracts.Client;
using Microsoft.Extensions.Time.Testing;
using static Kevo.Server.Tests.ServerFixture;

namespace Kevo.Server.Tests;

/// <summary>Scan: its rules of precedence, its order, its stability, and clients that misbehave.</summary>
public sealed class ScanTests
{
    public static TheoryData<string, string, string, string, int, string> Rules => new()
    {
        // prefix, suffix, start, end, limit, expected keys
        { "", "", "", "", 0, "a aa ab b ba bb c" },
        { "", "", "", "", -3, "a aa ab b ba bb c" },
        { "", "", "", "", int.MinValue, "a aa ab b ba bb c" },
        { "", "", "", "", int.MaxValue, "a aa ab b ba bb c" },
        { "", "", "", "", 2, "a aa" },
        { "a", "", "", "", 0, "a aa ab" },
        { "", "b", "", "", 0, "ab b bb" },
        { "b", "b", "", "", 0, "b bb" },
        { "ab", "b", "", "", 0, "ab" },
        { "a", "", "b", "c", 0, "a aa ab" },
        { "", "a", "b", "c", 0, "a aa ba" },
        { "", "", "ab", "bb", 0, "ab b ba" },
        { "", "", "b", "", 0, "b ba bb c" },
        { "", "", "", "b", 0, "a aa ab" },
        { "", "", "b", "b", 0, "" },
        { "", "", "c", "a", 0, "" },
        { "zz", "", "", "", 0, "" },
        { "", "b", "", "", 2, "ab b" },
    };

    [Theory]
    [MemberData(nameof(Rules))]
    public async Task Prefix_and_suffix_come_before_the_range(
        string prefix, string suffix, string start, string end, int limit, string expected)
    {
        await using ServerFixture server = await ServerFixture.StartAsync();
        foreach (string key in new[] { "c", "b", "a", "bb", "ba", "ab", "aa", "gone" })
        {
            server.Store.Put(Raw(key), Raw(key));
        }

        server.Store.Delete(Raw("gone"));
        using AsyncServerStreamingCall<ScanResponse> call = server.Client.Scan(new ScanRequest
        {
            Prefix = Bytes(prefix),
            Suffix = Bytes(suffix),
            StartKey = Bytes(start),
            EndKey = Bytes(end),
            Limit = limit,
        });
        List<string> rows = await RowsOf(call);
        Assert.Equal(expected.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(key => $"{key}={key}"), rows);
        await Until(() => server.Store.OpenSnapshots == 0);
    }

    [Fact]
    public async Task Keys_come_in_unsigned_byte_order_and_a_prefix_of_ff_has_no_upper_end()
    {
        await using ServerFixture server = await ServerFixture.StartAsync();
        byte[][] keys = [[0x00], [0x7F], [0x80], [0xFE, 0xFF], [0xFF], [0xFF, 0xFF], [0xFF, 0xFF, 0x01]];
        foreach (byte[] key in keys.Reverse())
        {
            server.Store.Put(key, [1]);
        }

        Assert.Equal(keys, await KeysOf(server, new ScanRequest()));
        Assert.Equal(
            [keys[5], keys[6]],
            await KeysOf(server, new ScanRequest { Prefix = ByteString.CopyFrom(0xFF, 0xFF) }));
        Assert.Equal(
            [keys[3]],
            await KeysOf(server, new ScanRequest { Prefix = ByteString.CopyFrom(0xFE, 0xFF) }));
    }

    [Fact]
    public async Task A_scan_says_its_position_before_its_first_row()
    {
        await using ServerFixture server = await ServerFixture.StartAsync();
        server.Store.Put(Raw("k"), Raw("v"));
        using AsyncServerStreamingCall<ScanResponse> call = server.Client.Scan(new ScanRequest());
        Metadata headers = await call.ResponseHeadersAsync;
        Assert.Equal("1:1", headers.GetValue("kevo-position"));
        Assert.Equal("1", headers.GetValue("kevo-epoch"));
        await RowsOf(call);
    }

    [Fact]
    public async Task A_scan_that_moves_may_take_as_long_as_it_needs()
    {
        await using ServerFixture server = await ServerFixture.StartAsync();
        byte[] value = new byte[8 << 20];
        for (int i = 0; i < 18; i++)
        {
            server.Store.Put(KeyOf(i), value);
        }

        // 144 MiB: young again after each 64.
        using AsyncServerStreamingCall<ScanResponse> call = server.Client.Scan(new ScanRequest());
        Assert.Equal(18, (await RowsOf(call)).Count);
        Assert.Equal(2, server.Store.Renewals);
        Assert.Single(await KeysOf(server, new ScanRequest { Limit = 1 }));
        Assert.Equal(2, server.Store.Renewals);
    }

    [Fact]
    public async Task A_long_scan_shows_one_position_while_writes_go_on()
    {
        await using ServerFixture server = await ServerFixture.StartAsync();
        Fill(server.Store, keys: 5000, valueLength: 200);
        using AsyncServerStreamingCall<ScanResponse> call = server.Client.Scan(new ScanRequest());
        int rows = 0;
        await foreach (ScanResponse row in call.ResponseStream.ReadAllAsync())
        {
            if (rows++ == 0)
            {
                server.Store.Transact(content =>
                {
                    for (int key = 0; key < 5000; key += 2)
                    {
                        content.Remove(KeyOf(key));
                    }
                });
            }

            Assert.Equal(200, row.Value.Length);
        }

        Assert.Equal(5000, rows);
        await Until(() => server.Store.OpenSnapshots == 0);
    }

    [Fact]
    public async Task A_sparse_suffix_scan_over_many_keys_finds_the_few()
    {
        await using ServerFixture server = await ServerFixture.StartAsync();
        Fill(server.Store, keys: 20_000, valueLength: 1);
        using AsyncServerStreamingCall<ScanResponse> call =
            server.Client.Scan(new ScanRequest { Suffix = Bytes("19999") });
        Assert.Single(await RowsOf(call));
    }

    [Fact]
    public async Task A_cancelled_scan_lets_its_snapshot_go()
    {
        await using ServerFixture server = await ServerFixture.StartAsync();
        Fill(server.Store, keys: 5000, valueLength: 1000);
        using (AsyncServerStreamingCall<ScanResponse> call = server.Client.Scan(new ScanRequest()))
        {
            Assert.True(await call.ResponseStream.MoveNext());
        }

        await Until(() => server.Store.OpenSnapshots == 0);
    }

    [Fact]
    public async Task A_scan_that_is_not_read_ends_with_its_deadline()
    {
        await using ServerFixture server = await ServerFixture.StartAsync();
        Fill(server.Store, keys: 20_000, valueLength: 4000);
        using AsyncServerStreamingCall<ScanResponse> call =
            server.Client.Scan(new ScanRequest(), deadline: DateTime.UtcNow.AddMilliseconds(300));
        // Client and server each watch the deadline; whoever is first decides how the server counts the end.
        await Until(() => Scrape(server).Contains("kevo_replica_rpc_failures_total{", StringComparison.Ordinal));
        await Until(() => server.Store.OpenSnapshots == 0);
        RpcException ended = await Assert.ThrowsAsync<RpcException>(() => RowsOf(call));
        Assert.Equal(StatusCode.DeadlineExceeded, ended.StatusCode);
    }

    [Fact]
    public async Task A_client_that_never_reads_holds_little_memory_and_loses_its_scan_when_it_stalls()
    {
        FakeTimeProvider time = new();
        await using ServerFixture server = await ServerFixture.StartAsync(time: time);
        Fill(server.Store, keys: 20_000, valueLength: 4000);
        using AsyncServerStreamingCall<ScanResponse> call = server.Client.Scan(new ScanRequest());
        Assert.True(await call.ResponseStream.MoveNext());
        // The client stops reading: 80 MB do not fit into the windows, so the scan stands still and its clock runs.
        await Until(() =>
        {
            time.Advance(TimeSpan.FromSeconds(61));
            return server.Store.OpenSnapshots == 0;
        });
        await Assert.ThrowsAsync<RpcException>(() => RowsOf(call));
        Assert.Contains("kevo_replica_scans_stalled_total 1", Scrape(server), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_stalled_scan_does_not_hold_up_other_calls_of_its_connection()
    {
        await using ServerFixture server = await ServerFixture.StartAsync();
        Fill(server.Store, keys: 20_000, valueLength: 1000);
        using AsyncServerStreamingCall<ScanResponse> stalled = server.Client.Scan(new ScanRequest());
        Assert.True(await stalled.ResponseStream.MoveNext());
        for (int call = 0; call < 50; call++)
        {
            Assert.True((await server.Client.GetAsync(
                new GetRequest { Key = ByteString.CopyFrom(KeyOf(call)) },
                deadline: DateTime.UtcNow + Patience)).Found);
        }
    }

    [Fact]
    public async Task A_corrupt_block_on_the_way_ends_the_scan_as_data_loss()
    {
        await using ServerFixture server = await ServerFixture.StartAsync();
        server.Store.Put(Raw("k"), Raw("v"));
        server.Store.ReadFailure =
            new Kevo.Core.StorageException(Kevo.Core.StorageFault.Corrupt, "table 9.sst, block at 0: checksum");
        using AsyncServerStreamingCall<ScanResponse> call = server.Client.Scan(new ScanRequest());
        RpcException ended = await Assert.ThrowsAsync<RpcException>(() => RowsOf(call));
        Assert.Equal(StatusCode.DataLoss, ended.StatusCode);
        await Until(() => server.Store.OpenSnapshots == 0);
    }

    [Fact]
    public async Task Thousands_of_scans_may_stand_still_at_once()
    {
        ReadServerOptions options = Options() with { MaxStreamsPerConnection = 2500 };
        await using ServerFixture server = await ServerFixture.StartAsync(options);
        Fill(server.Store, keys: 200, valueLength: 1000);
        List<AsyncServerStreamingCall<ScanResponse>> calls = [];
        for (int scan = 0; scan < 2000; scan++)
        {
            calls.Add(server.Client.Scan(new ScanRequest()));
        }

        await Task.WhenAll(calls.Select(call => call.ResponseHeadersAsync)).WaitAsync(Patience);
        Assert.True((await server.Client.GetAsync(
            new GetRequest { Key = ByteString.CopyFrom(KeyOf(1)) }, deadline: DateTime.UtcNow + Patience)).Found);
        foreach (AsyncServerStreamingCall<ScanResponse> call in calls)
        {
            call.Dispose();
        }

        await Until(() => server.Store.OpenSnapshots == 0);
    }

    internal static byte[] KeyOf(int key) => Raw($"key{key:D8}");

    internal static void Fill(MemoryStore store, int keys, int valueLength)
    {
        byte[] value = new byte[valueLength];
        store.Transact(content =>
        {
            for (int key = 0; key < keys; key++)
            {
                content[KeyOf(key)] = value;
            }
        });
    }

    private static async Task<List<byte[]>> KeysOf(ServerFixture server, ScanRequest request)
    {
        using AsyncServerStreamingCall<ScanResponse> call = server.Client.Scan(request);
        List<byte[]> keys = [];
        await foreach (ScanResponse row in call.ResponseStream.ReadAllAsync())
        {
            keys.Add(row.Key.ToByteArray());
        }

        return keys;
    }
}
