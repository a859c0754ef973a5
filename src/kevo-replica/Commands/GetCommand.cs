using Google.Protobuf;
using Grpc.Net.Client;
using Kevo.Core;
using Kevo.Replica.Configuration;
using Kevo.Replica.Node;
using Kevo.Replica.Terminal;
using Kevo.Storage;
using Kevo.Storage.Store;
using Kevo.Wire.Contracts.Client;

namespace Kevo.Replica.Commands;

/// <summary><c>get</c>: the value of one key, from a stopped node's directory or from any Kevo server.</summary>
internal sealed class GetCommand : ReplicaCommand
{
    /// <summary>The exit code when the key is absent: neither an error nor a value.</summary>
    public const int Absent = 1;

    private const string Key = "KEY";

    /// <inheritdoc/>
    public override string Name => "get";

    /// <inheritdoc/>
    public override string Summary =>
        "Print the value of a key, from a data directory or a server; exit code 1 if absent.";

    /// <inheritdoc/>
    public override CommandSet Set => CommandSet.Get;

    /// <inheritdoc/>
    public override IReadOnlyList<CommandArgument> Arguments { get; } =
        [new CommandArgument(Key, "The key: text in which \\xNN is a byte, or hexadecimal digits with --hex.")];

    /// <inheritdoc/>
    public override async Task<int> RunAsync(Invocation invocation, CancellationToken stop)
    {
        EffectiveSettings settings = invocation.Settings;
        bool hexadecimal = settings.Get(RequestSettings.Hex);
        byte[] key = ByteInput.Read(invocation.Arguments[Key], hexadecimal, Key);
        if (key.Length == 0)
        {
            throw new ConfigurationException("KEY is empty. Keys have at least one byte.");
        }

        byte[]? value = settings.Get(RequestSettings.Server) is { } server
            ? await AskAsync(settings, server, key, invocation.Time, stop)
            : LookUp(invocation, key, stop);
        if (settings.Get(RequestSettings.Json))
        {
            invocation.Output.Out.WriteLine(RowText.Json(key, value, hexadecimal));
        }
        else if (value is not null)
        {
            invocation.Output.Out.WriteLine(ByteText.Of(value, hexadecimal));
        }

        return value is null ? Absent : ExitCode.Ok;
    }

    private static async Task<byte[]?> AskAsync(
        EffectiveSettings settings, HostPort server, byte[] key, TimeProvider time, CancellationToken stop)
    {
        using GrpcChannel channel = ClientHandler.OpenChannel(settings, server, time);
        var client = new KevoService.KevoServiceClient(channel);
        GetResponse response = await ServerCall.RunAsync(
            server, () => client.GetAsync(
                new GetRequest { Key = UnsafeByteOperations.UnsafeWrap(key) }, cancellationToken: stop).ResponseAsync);
        return response.Found ? response.Value.ToByteArray() : null;
    }

    private static byte[]? LookUp(Invocation invocation, byte[] key, CancellationToken stop)
    {
        using ReplicaStore store = OfflineStore.Open(invocation, stop);
        using ISnapshot snapshot = store.OpenSnapshot();
        return snapshot.TryGet(key, out ReadOnlySpan<byte> value) ? value.ToArray() : null;
    }
}
