using Google.Protobuf;
using Grpc.Core;
using Kevo.Server.Hosting;
using Kevo.Wire.Contracts.Client;
using static Kevo.Server.Tests.ServerFixture;

namespace Kevo.Server.Tests;

/// <summary>
/// Writes on a replica: the checks stock makes first, then the answer that sends clients to the primary.
/// </summary>
public sealed class WriteTests
{
    private const string ReadOnly = "engine is in read-only mode (replica); primary node at primary.example:50051";

    private static readonly ByteString LongKey = ByteString.CopyFrom(new byte[4097]);
    private static readonly ByteString LongValue = ByteString.CopyFrom(new byte[(10 << 20) + 1]);

    [Fact]
    public async Task Valid_writes_are_refused_with_the_primarys_address()
    {
        await using ServerFixture server = await ServerFixture.StartAsync();
        KevoService.KevoServiceClient client = server.Client;
        Expect(StatusCode.FailedPrecondition, ReadOnly, await RefusalOf(client.PutAsync(Put("k"))));
        Expect(StatusCode.FailedPrecondition, ReadOnly, await RefusalOf(client.DeleteAsync(Delete("k"))));
        Expect(StatusCode.FailedPrecondition, ReadOnly, await RefusalOf(client.BatchWriteAsync(Batch(1))));
        Expect(
            StatusCode.FailedPrecondition,
            ReadOnly,
            await RefusalOf(client.BeginTransactionAsync(new BeginTransactionRequest())));
        Expect(
            StatusCode.FailedPrecondition,
            ReadOnly,
            await RefusalOf(client.CompactAsync(new CompactRequest { Force = true })));
    }

    [Fact]
    public async Task Without_a_known_primary_the_refusal_names_none()
    {
        ReadServerOptions options = Options(service => service with { PrimaryClientAddress = "" });
        await using ServerFixture server = await ServerFixture.StartAsync(options);
        Expect(
            StatusCode.FailedPrecondition,
            "engine is in read-only mode (replica)",
            await RefusalOf(server.Client.PutAsync(Put("k"))));
    }

    [Fact]
    public async Task Key_and_value_sizes_are_checked_before_the_read_only_answer()
    {
        await using ServerFixture server = await ServerFixture.StartAsync();
        KevoService.KevoServiceClient client = server.Client;
        Expect(StatusCode.Unknown, "invalid key size", await RefusalOf(client.PutAsync(new PutRequest())));
        Expect(
            StatusCode.Unknown,
            "invalid key size",
            await RefusalOf(client.PutAsync(new PutRequest { Key = LongKey, Value = LongValue })));
        Expect(
            StatusCode.Unknown,
            "value too large",
            await RefusalOf(client.PutAsync(new PutRequest { Key = Bytes("k"), Value = LongValue })));
        Expect(StatusCode.Unknown, "invalid key size", await RefusalOf(client.DeleteAsync(new DeleteRequest())));
        Expect(
            StatusCode.Unknown,
            "invalid key size",
            await RefusalOf(client.DeleteAsync(new DeleteRequest { Key = LongKey })));
    }

    [Fact]
    public async Task Batches_are_checked_as_stock_checks_them()
    {
        await using ServerFixture server = await ServerFixture.StartAsync();
        KevoService.KevoServiceClient client = server.Client;
        Assert.True((await client.BatchWriteAsync(new BatchWriteRequest())).Success);
        Expect(
            StatusCode.Unknown,
            "batch size exceeds maximum allowed (1000)",
            await RefusalOf(client.BatchWriteAsync(Batch(1001))));
        Expect(StatusCode.FailedPrecondition, ReadOnly, await RefusalOf(client.BatchWriteAsync(Batch(1000))));
        BatchWriteRequest batch = Batch(1);
        batch.Operations.Add(new Operation { Type = (Operation.Types.Type)7, Key = LongKey });
        Expect(
            StatusCode.Unknown, "invalid key size in batch operation", await RefusalOf(client.BatchWriteAsync(batch)));
        batch.Operations[1].Key = Bytes("k");
        Expect(StatusCode.Unknown, "unknown operation type", await RefusalOf(client.BatchWriteAsync(batch)));
        batch.Operations[1].Type = Operation.Types.Type.Put;
        batch.Operations[1].Value = LongValue;
        Expect(
            StatusCode.Unknown, "value too large in batch operation", await RefusalOf(client.BatchWriteAsync(batch)));
    }

    [Fact]
    public async Task Compact_without_force_succeeds()
    {
        await using ServerFixture server = await ServerFixture.StartAsync();
        Assert.True((await server.Client.CompactAsync(new CompactRequest())).Success);
    }

    [Fact]
    public async Task Nothing_follows_the_address_in_the_refusal()
    {
        // Kevo's Python client takes everything from "primary node at " to the next white space as the address.
        await using ServerFixture server = await ServerFixture.StartAsync();
        Status refusal = await RefusalOf(server.Client.PutAsync(Put("k")));
        Assert.Equal("primary.example:50051", refusal.Detail.Split("primary node at ")[1]);
        Assert.Contains("replica", refusal.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_method_that_does_not_exist_is_unimplemented()
    {
        await using ServerFixture server = await ServerFixture.StartAsync();
        foreach (string service in new[] { "kevo.KevoService", "kevo.replication.WALReplicationService" })
        {
            Method<GetRequest, GetResponse> method = new(
                MethodType.Unary,
                service,
                "Nothing",
                Marshallers.Create(static m => m.ToByteArray(), GetRequest.Parser.ParseFrom),
                Marshallers.Create(static m => m.ToByteArray(), GetResponse.Parser.ParseFrom));
            RpcException refusal = await Assert.ThrowsAsync<RpcException>(async () =>
                await server.OpenChannel().CreateCallInvoker()
                    .AsyncUnaryCall(method, null, default, new GetRequest()));
            Assert.Equal(StatusCode.Unimplemented, refusal.StatusCode);
        }
    }

    private static void Expect(StatusCode code, string detail, Status refusal)
    {
        Assert.Equal(code, refusal.StatusCode);
        Assert.Equal(detail, refusal.Detail);
    }

    private static PutRequest Put(string key) => new() { Key = Bytes(key), Value = Bytes("v") };

    private static DeleteRequest Delete(string key) => new() { Key = Bytes(key) };

    private static BatchWriteRequest Batch(int operations)
    {
        BatchWriteRequest batch = new();
        for (int each = 0; each < operations; each++)
        {
            batch.Operations.Add(new Operation { Key = Bytes($"k{each}"), Value = Bytes("v") });
        }

        return batch;
    }
}
