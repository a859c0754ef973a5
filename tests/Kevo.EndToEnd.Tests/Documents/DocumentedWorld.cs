using Kevo.Core;
using Kevo.EndToEnd.Tests.Processes;
using Kevo.Replica.Demo;
using Kevo.Replica.Node;
using Kevo.Testing;

namespace Kevo.EndToEnd.Tests.Documents;

/// <summary>
/// What the documents speak of, made real: a primary at the documented addresses, a node that runs, a stopped one's
/// directory, a stock directory, certificates. Documented paths and addresses are replaced by these.
/// </summary>
public sealed class DocumentedWorld : IAsyncLifetime
{
    private const int ReadsListening = 5010;
    private const int AdminListening = 5030;

    private readonly TemporaryDirectory _directory = new();
    private readonly TestCertificates _certificates = new();
    private RelayDemoPrimary _primary = null!;
    private ReplicaRun _node = null!;
    private int _copies;

    /// <summary>HOST:PORT of the running node's admin endpoint.</summary>
    internal string Admin { get; private set; } = "";

    /// <summary>Where the documents keep their state; a command finds its own copy below its number.</summary>
    internal string NewPlace() => Directory.CreateDirectory(
        _directory.Combine($"place-{Interlocked.Increment(ref _copies)}")).FullName;

    private string Reads { get; set; } = "";

    /// <inheritdoc/>
    public async ValueTask InitializeAsync()
    {
        _primary = await RelayDemoPrimary.StartAsync(
            _directory.Combine("primary"), TimeProvider.System, CancellationToken.None);
        _primary.Write([new DemoOperation(Operation.Put, "key"u8.ToArray(), "value"u8.ToArray())]);
        _primary.Flush();
        await using (ReplicaRun filled = ReplicaRun.Start(RunWords.Follow(_primary, _directory.Combine("filled"))))
        {
            using var limit = new CancellationTokenSource(ReplicaRun.Patience);
            while (_primary.Acknowledged < _primary.LastSequence)
            {
                limit.Token.ThrowIfCancellationRequested();
                await Task.Yield();
            }

            await filled.StopAsync();
        }

        _node = ReplicaRun.Start(
        [
            "run", "--data", _directory.Combine("node"), "--log-format", "json", .. _primary.ReplicaFlags,
            "--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0",
        ]);
        Reads = await _node.AddressAsync(ReadsListening);
        Admin = await _node.AddressAsync(AdminListening);
        using var view = new AdminView(Admin);
        await view.UntilAsync(report => report.GetProperty("ready").GetBoolean());
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _node.DisposeAsync();
        await _primary.DisposeAsync();
        _certificates.Dispose();
        _directory.Dispose();
    }

    /// <summary>The word as the machine of this test needs it.</summary>
    /// <param name="word">A word of the document.</param>
    /// <param name="place">Where the command's state is.</param>
    /// <param name="filled">Whether the replica's directory holds something before the command runs.</param>
    internal string Substitute(string word, string place, bool filled)
    {
        switch (word)
        {
            case "db.example:50051" or "db.example:50052" or "db.example:50054" or "127.0.0.1:50052":
                return _primary.ReplicaFlags[1];
            case "127.0.0.1:9465":
                return Admin;
            case "127.0.0.1:50053":
                return Reads;
            case "/etc/kevo-replica/ca.pem":
                return _certificates.AuthorityFile;
            case "/etc/kevo-replica/replica.pem" or "/etc/kevo-replica/replica.key":
                string file = _certificates.PathOf("replica" + Path.GetExtension(word));
                if (!File.Exists(file))
                {
                    _certificates.Issue("replica", "both");
                }

                return file;
            case "/etc/kevo-replica/kevo-replica.json":
                string settings = Path.Combine(place, "kevo-replica.json");
                File.WriteAllText(settings, """{ "primary": "db.example:50052" }""");
                return settings;
            case "/var/lib/kevo":
                string stock = Path.Combine(place, "kevo");
                using (var writer = new StockDirectoryWriter(stock))
                {
                    writer.Write((byte)Operation.Put, "key"u8.ToArray(), "value"u8.ToArray());
                }

                return stock;
            case "/var/lib/kevo-replica" when filled:
                string copy = Path.Combine(place, "kevo-replica");
                Copy(_directory.Combine("filled"), copy);
                return copy;
        }

        if (word.StartsWith("0.0.0.0:", StringComparison.Ordinal))
        {
            return "127.0.0.1:0";
        }

        return word.StartsWith("/var/lib/", StringComparison.Ordinal)
            ? Path.Combine(place, Path.GetFileName(word))
            : word;
    }

    private static void Copy(string from, string to)
    {
        Directory.CreateDirectory(to);
        foreach (string directory in Directory.GetDirectories(from, "*", SearchOption.AllDirectories))
        {
            Directory.CreateDirectory(directory.Replace(from, to, StringComparison.Ordinal));
        }

        foreach (string file in Directory.GetFiles(from, "*", SearchOption.AllDirectories))
        {
            File.Copy(file, file.Replace(from, to, StringComparison.Ordinal));
        }
    }
}
