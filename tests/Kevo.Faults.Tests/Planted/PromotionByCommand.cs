using System.Text;
using Kevo.Core;
using Kevo.Faults.Tests.Scenarios;
using Kevo.Platform;
using Kevo.Replica.Commands;
using Kevo.Replica.Node;
using Kevo.Replica.Terminal;
using Kevo.Storage.Kevo;
using Kevo.Storage.Store;
using Kevo.Testing;

namespace Kevo.Faults.Tests.Planted;

/// <summary>The command <c>promote</c> on a node whose last transactions are in no table yet.</summary>
internal static class PromotionByCommand
{
    /// <summary>Promotes, and looks for the last key with stock's own rules.</summary>
    public static void Run()
    {
        using var directory = new TemporaryDirectory();
        string data = directory.Combine("data");
        string target = directory.Combine("promoted");
        System.IO.Directory.CreateDirectory(data);
        NodeFile.ReadOrCreate(LinuxFileSystem.Instance, data);
        using (ReplicaStore store = ReplicaStore.Open(
            new StoreOptions { Directory = data }, LinuxFileSystem.Instance))
        {
            store.BeginEpoch(new LogPosition(1, 0));
            Put(store, 1, "first");
            store.Flush();
            Put(store, 2, "last");
        }

        using var said = new StringWriter();
        Output output = Output.Create(said, said, terminal: false, errorTerminal: false, colours: false);
        int code = new CommandLine(ReplicaCommands.All, output, TimeProvider.System)
            .RunAsync(
                ["promote", "--data", data, "--to", target], new Dictionary<string, string>(), CancellationToken.None)
            .GetAwaiter().GetResult();
        StockDirectory made = StockDirectory.Open(LinuxFileSystem.Instance, target, StockPathPolicy.UseDirectory);
        using StockView view = StockView.Open(LinuxFileSystem.Instance, made);
        if (code != 0 || !view.TryGet("first"u8, out _) || !view.TryGet("last"u8, out _))
        {
            throw new ProofFailedException($"promote ended with {code} and left keys out:\n{said}");
        }
    }

    private static void Put(ReplicaStore store, ulong sequence, string key)
    {
        byte[] bytes = Encoding.ASCII.GetBytes(key);
        byte[] payload = new byte[WalEntry.PayloadLength(Operation.Put, bytes.Length, bytes.Length)];
        WalEntry.Write(payload, Operation.Put, sequence, bytes, bytes);
        WalEntry.TryParse(payload, out WalEntry entry);
        store.Apply(entry);
        store.Sync();
    }
}
