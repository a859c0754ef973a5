using System.Globalization;
using System.Text;
using Google.Protobuf;
using Grpc.Core;
using Grpc.Net.Client;
using Kevo.EndToEnd.Tests.Processes;
using Kevo.Replica.Demo;
using Kevo.Testing;
using Kevo.Wire.Contracts.Client;
using Operation = Kevo.Core.Operation;

namespace Kevo.EndToEnd.Tests;

/// <summary>
/// Clients read over gRPC while the primary writes and the replica is killed: each transaction writes one number under
/// all keys, so every read must see one number everywhere, and never a smaller one than a read before it, kill or not.
/// </summary>
public sealed class ReaderKillTests(ITestOutputHelper output)
{
    private const int ReadsListening = 5010;
    private const int Keys = 20;
    private const int Kills = 6;
    private const int ReadsPerLife = 60;

    [Fact]
    public async Task Readers_see_whole_transactions_and_never_go_back_across_kills()
    {
        using var directory = new TemporaryDirectory();
        await using RelayDemoPrimary primary = await RelayDemoPrimary.StartAsync(
            directory.Combine("primary"), TimeProvider.System, TestContext.Current.CancellationToken);
        using var stop = new CancellationTokenSource();
        var writer = Task.Run(() => WriteUntil(primary, stop.Token), CancellationToken.None);
        var random = new Random(Seed.For(1010));

        // So little memory that flushes and merges run all the time.
        string[] words =
        [
            "run", "--data", directory.Combine("replica"), "--listen", "127.0.0.1:0", "--admin", "off",
            "--log-format", "json", "--retry-base-delay", "5ms", "--memory-limit", "16MiB", .. primary.ReplicaFlags,
        ];
        long newest = 0;
        long reads = 0;
        for (int life = 0; life <= Kills; life++)
        {
            await using ReplicaRun run = ReplicaRun.Start(words);
            string address = await run.AddressAsync(ReadsListening);
            using GrpcChannel channel = GrpcChannel.ForAddress("http://" + address);
            var client = new KevoService.KevoServiceClient(channel);
            Task<long>[] readers =
            [
                ReadAsync(client, newest, ScanAsync), ReadAsync(client, newest, ReadInTransactionAsync),
            ];
            if (life < Kills)
            {
                // The kill falls into the middle of reads and writes: after one reader's few, at a random moment.
                await Task.WhenAny(readers);
                for (int more = random.Next(20); more > 0; more--)
                {
                    newest = Math.Max(newest, await ScanAsync(client));
                }

                readers = [.. readers, ReadAsync(client, newest, ScanAsync)];
                await run.KillAsync();
            }

            newest = Math.Max(newest, (await Task.WhenAll(readers)).Max());
            reads += readers.Length;
        }

        await stop.CancelAsync();
        long written = await writer;
        Assert.InRange(newest, 1, written);
        output.WriteLine($"{Kills} kills, {written} transactions, newest read {newest}, {reads} readers");
    }

    private static long WriteUntil(RelayDemoPrimary primary, CancellationToken stop)
    {
        long number = 0;
        while (!stop.IsCancellationRequested)
        {
            for (int i = 0; i < 20; i++)
            {
                number++;
                byte[] value = Encoding.ASCII.GetBytes(number.ToString("D100", CultureInfo.InvariantCulture));
                primary.Write(
                [
                    .. Enumerable.Range(0, Keys).Select(key => new DemoOperation(Operation.Put, Key(key), value)),
                ]);
            }

            primary.Flush();
        }

        return number;
    }

    /// <summary>Reads until enough was read or the server is gone; the newest number seen.</summary>
    private static async Task<long> ReadAsync(
        KevoService.KevoServiceClient client, long newest, Func<KevoService.KevoServiceClient, Task<long>> read)
    {
        try
        {
            for (int i = 0; i < ReadsPerLife; i++)
            {
                long number = await read(client);
                Assert.True(number >= newest, $"read {number} after {newest}");
                newest = number;
            }
        }
        catch (RpcException gone) when (gone.StatusCode is StatusCode.Unavailable or StatusCode.Internal
            or StatusCode.Cancelled)
        {
            // The kill. What it must not do is make a later life show less.
        }

        return newest;
    }

    private static async Task<long> ScanAsync(KevoService.KevoServiceClient client)
    {
        using AsyncServerStreamingCall<ScanResponse> call =
            client.Scan(new ScanRequest { Prefix = ByteString.CopyFromUtf8("key-") });
        List<string> values = [];
        await foreach (ScanResponse row in call.ResponseStream.ReadAllAsync())
        {
            values.Add(row.Value.ToStringUtf8());
        }

        return One(values);
    }

    private static async Task<long> ReadInTransactionAsync(KevoService.KevoServiceClient client)
    {
        BeginTransactionResponse begun =
            await client.BeginTransactionAsync(new BeginTransactionRequest { ReadOnly = true });
        List<string> values = [];
        for (int key = 0; key < Keys; key++)
        {
            TxGetResponse answer = await client.TxGetAsync(
                new TxGetRequest { TransactionId = begun.TransactionId, Key = ByteString.CopyFrom(Key(key)) });
            if (answer.Found)
            {
                values.Add(answer.Value.ToStringUtf8());
            }
        }

        await client.CommitTransactionAsync(
            new CommitTransactionRequest { TransactionId = begun.TransactionId });
        return One(values);
    }

    // Before the first transaction there is nothing; after it, all keys are there and say the same.
    private static long One(List<string> values)
    {
        if (values.Count == 0)
        {
            return 0;
        }

        Assert.Equal(Keys, values.Count);
        Assert.True(values.TrueForAll(value => value == values[0]), string.Join('\n', values.Distinct()));
        return long.Parse(values[0], CultureInfo.InvariantCulture);
    }

    private static byte[] Key(int number) => Encoding.ASCII.GetBytes($"key-{number:D2}");
}
