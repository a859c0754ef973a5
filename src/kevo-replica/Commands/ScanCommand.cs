using Google.Protobuf;
using Grpc.Core;
using Grpc.Net.Client;
using Kevo.Replica.Configuration;
using Kevo.Replica.Node;
using Kevo.Replica.Terminal;
using Kevo.Storage;
using Kevo.Storage.Store;
using Kevo.Wire.Contracts.Client;

namespace Kevo.Replica.Commands;

/// <summary><c>scan</c>: keys and values in order, from a stopped node's directory or from any Kevo server.</summary>
internal sealed class ScanCommand : ReplicaCommand
{
    /// <inheritdoc/>
    public override string Name => "scan";

    /// <inheritdoc/>
    public override string Summary => "Print keys and values in order, from a data directory or a server.";

    /// <inheritdoc/>
    public override CommandSet Set => CommandSet.Scan;

    /// <inheritdoc/>
    public override async Task<int> RunAsync(Invocation invocation, CancellationToken stop)
    {
        EffectiveSettings settings = invocation.Settings;
        ScanWish wish = ScanWish.From(settings);
        if (settings.Get(RequestSettings.Server) is { } server)
        {
            await AskAsync(invocation, server, wish, stop);
        }
        else
        {
            Walk(invocation, wish, stop);
        }

        return ExitCode.Ok;
    }

    private static async Task AskAsync(Invocation invocation, HostPort server, ScanWish wish, CancellationToken stop)
    {
        EffectiveSettings settings = invocation.Settings;
        using GrpcChannel channel = ClientHandler.OpenChannel(settings, server, invocation.Time);
        var client = new KevoService.KevoServiceClient(channel);
        var request = new ScanRequest
        {
            Prefix = ByteString.CopyFrom(wish.Prefix),
            Suffix = ByteString.CopyFrom(wish.Suffix),
            StartKey = ByteString.CopyFrom(wish.Start),
            EndKey = ByteString.CopyFrom(wish.End),
            Limit = (int)Math.Min(wish.Limit, int.MaxValue),
        };
        try
        {
            using AsyncServerStreamingCall<ScanResponse> call = client.Scan(request, cancellationToken: stop);
            await foreach (ScanResponse row in call.ResponseStream.ReadAllAsync(stop))
            {
                Print(invocation, row.Key.Span, row.Value.Span);
            }
        }
        catch (RpcException error) when (!stop.IsCancellationRequested)
        {
            throw ServerCall.Judge(server, error);
        }
    }

    private static void Walk(Invocation invocation, ScanWish wish, CancellationToken stop)
    {
        using ReplicaStore store = OfflineStore.Open(invocation, stop);
        using ISnapshot snapshot = store.OpenSnapshot();
        using IEntryCursor cursor = wish.Prefix.Length > 0
            ? snapshot.Scan(wish.Prefix, [])
            : snapshot.Scan(wish.Start, wish.End);
        long left = wish.Limit == 0 ? long.MaxValue : wish.Limit;
        while (left > 0 && cursor.MoveNext())
        {
            stop.ThrowIfCancellationRequested();
            if (!cursor.Key.StartsWith(wish.Prefix))
            {
                break;
            }

            if (cursor.Key.EndsWith(wish.Suffix))
            {
                Print(invocation, cursor.Key, cursor.Value);
                left--;
            }
        }
    }

    private static void Print(Invocation invocation, ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        bool hexadecimal = invocation.Settings.Get(RequestSettings.Hex);
        invocation.Output.Out.WriteLine(invocation.Settings.Get(RequestSettings.Json)
            ? RowText.Json(key, value, hexadecimal)
            : $"{ByteText.Of(key, hexadecimal)} {ByteText.Of(value, hexadecimal)}");
    }
}
