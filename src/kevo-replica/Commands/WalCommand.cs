using Kevo.Core;
using Kevo.Platform;
using Kevo.Replica.Node;
using Kevo.Replica.Terminal;
using Kevo.Storage.Log;

namespace Kevo.Replica.Commands;

/// <summary>
/// What the three <c>wal</c> commands share: the directory they look into, without a lock and without a change.
/// </summary>
internal abstract class WalCommand : ReplicaCommand
{
    private const string Directory = "DIR";

    /// <inheritdoc/>
    public override IReadOnlyList<CommandArgument> Arguments { get; } =
        [new CommandArgument(Directory, "A data directory or a log directory, ours or stock Kevo's.")];

    /// <summary>The path named on the command line, if stock Kevo wrote what is there; else null.</summary>
    protected static string? StockPath(Invocation invocation)
    {
        string named = Path.GetFullPath(invocation.Arguments[Directory]);
        return StockWal.IsAt(named) ? named : null;
    }

    /// <summary>Reads and verifies the log that is meant, with progress on a terminal.</summary>
    protected static LogInspection Inspect(Invocation invocation, CancellationToken stop)
    {
        using IWorkDisplay bar = invocation.Output.StartProgress(invocation.Time);
        return LogInspector.Inspect(LinuxFileSystem.Instance, LogDirectory(invocation), bar, stop);
    }

    /// <summary>The log directory that is meant: the one of a data directory, or the directory named.</summary>
    /// <exception cref="StorageException">There is no log.</exception>
    protected static string LogDirectory(Invocation invocation)
    {
        string named = Path.GetFullPath(invocation.Arguments[Directory]);
        string inside = DataDirectory.LogPathOf(named);
        LinuxFileSystem disk = LinuxFileSystem.Instance;
        if (disk.FileExists(Path.Combine(named, NodeFile.Name)) || disk.DirectoryExists(inside))
        {
            return inside;
        }

        // A directory that does not exist is reported by whoever reads it.
        return !disk.DirectoryExists(named) || disk.ListFiles("WAL:LIST", named).Any(LogInspector.IsSegment)
            ? named
            : throw new StorageException(
                StorageFault.NotFound,
                $"{named} holds no log: neither segments nor WAL files of stock Kevo. Name a data directory, or the "
                + "directory of a log.",
                named);
    }
}
