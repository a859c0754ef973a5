using Kevo.Core;
using Kevo.Platform;

namespace Kevo.Storage.Kevo;

/// <summary>Where the parts of a stock data directory are. Reads names only and changes nothing.</summary>
public sealed class StockDirectory
{
    private readonly IFileSystem _fileSystem;

    private StockDirectory(
        IFileSystem fileSystem, string path, StockManifest? manifest, string walDirectory, string tableDirectory)
    {
        _fileSystem = fileSystem;
        Path = path;
        Manifest = manifest;
        WalDirectory = walDirectory;
        TableDirectory = tableDirectory;
    }

    /// <summary>The directory itself, absolute.</summary>
    public string Path { get; }

    /// <summary>The settings; null when there is no manifest, and then stock uses its defaults.</summary>
    public StockManifest? Manifest { get; }

    /// <summary>The directory of the WAL files; it need not exist.</summary>
    public string WalDirectory { get; }

    /// <summary>The directory of the tables; it need not exist.</summary>
    public string TableDirectory { get; }

    /// <summary>Opens a data directory: the one that is given to the stock server.</summary>
    /// <exception cref="StorageException">
    /// <see cref="StorageFault.NotFound"/>: no such directory. <see cref="StorageFault.Corrupt"/>: the manifest is
    /// unusable, or names a place outside the directory and <paramref name="policy"/> forbids that.
    /// </exception>
    public static StockDirectory Open(
        IFileSystem fileSystem, string path, StockPathPolicy policy = StockPathPolicy.RequireInside)
    {
        ArgumentNullException.ThrowIfNull(fileSystem);
        string root = System.IO.Path.TrimEndingDirectorySeparator(System.IO.Path.GetFullPath(path));
        if (!fileSystem.DirectoryExists(root))
        {
            throw new StorageException(StorageFault.NotFound, $"There is no directory {root}.", root);
        }

        string wal = System.IO.Path.Combine(root, "wal");
        string tables = System.IO.Path.Combine(root, "sst");
        string manifestPath = System.IO.Path.Combine(root, StockManifest.FileName);
        StockManifest? manifest = fileSystem.FileExists(manifestPath)
            ? StockManifest.Read(fileSystem, manifestPath)
            : null;
        if (manifest is not null && policy == StockPathPolicy.RequireInside)
        {
            wal = RequireInside(root, manifestPath, "wal_dir", manifest.WalDirectory);
            tables = RequireInside(root, manifestPath, "sst_dir", manifest.TableDirectory);
        }

        return new StockDirectory(fileSystem, root, manifest, wal, tables);
    }

    /// <summary>
    /// Finds WAL files for looking into: of a data directory, of a WAL directory, or one file. Manifest paths outside
    /// are not followed.
    /// </summary>
    /// <exception cref="StorageException">
    /// <see cref="StorageFault.NotFound"/>: nothing of the kind is there.
    /// </exception>
    public static IReadOnlyList<StockWalFile> LocateWal(IFileSystem fileSystem, string path, bool includeBackups)
    {
        ArgumentNullException.ThrowIfNull(fileSystem);
        string root = System.IO.Path.TrimEndingDirectorySeparator(System.IO.Path.GetFullPath(path));
        if (fileSystem.FileExists(root))
        {
            return [new StockWalFile(root, System.IO.Path.GetFileName(root), null)];
        }

        string below = System.IO.Path.Combine(root, "wal");
        string directory = fileSystem.DirectoryExists(below) ? below : root;
        if (!fileSystem.DirectoryExists(directory))
        {
            throw new StorageException(StorageFault.NotFound, $"There is no directory {root}.", root);
        }

        return ListWal(fileSystem, directory, includeBackups);
    }

    /// <summary>The WAL files in order of history: by name as bytes, whether in a backup or not.</summary>
    public IReadOnlyList<StockWalFile> WalFiles(bool includeBackups) =>
        _fileSystem.DirectoryExists(WalDirectory) ? ListWal(_fileSystem, WalDirectory, includeBackups) : [];

    /// <summary>
    /// The paths of the tables in the order stock lists them: by name as bytes, later ones shadow earlier ones.
    /// </summary>
    public IReadOnlyList<string> TablePaths()
    {
        if (!_fileSystem.DirectoryExists(TableDirectory))
        {
            return [];
        }

        var paths = new List<string>();
        foreach (string name in _fileSystem.ListFiles("STOCK:LIST", TableDirectory))
        {
            if (name.EndsWith(Tables.TableFiles.TableExtension, StringComparison.Ordinal))
            {
                paths.Add(System.IO.Path.Combine(TableDirectory, name));
            }
        }

        paths.Sort(CompareBytes);
        return paths;
    }

    /// <summary>Whether stock's search for WAL files would misread this path.</summary>
    public static bool HasGlobCharacters(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        return path.AsSpan().ContainsAny("*?[\\");
    }

    private static List<StockWalFile> ListWal(IFileSystem fileSystem, string directory, bool includeBackups)
    {
        var files = new List<StockWalFile>();
        Add(directory, null);
        if (includeBackups)
        {
            foreach (string backup in fileSystem.ListDirectories("STOCK:LIST", directory))
            {
                if (backup.StartsWith(StockWalFiles.BackupPrefix, StringComparison.Ordinal))
                {
                    Add(System.IO.Path.Combine(directory, backup), backup);
                }
            }
        }

        // A name that occurs twice was copied back by hand; the file in the WAL directory is the later one.
        files.Sort((left, right) =>
        {
            int byName = CompareBytes(left.Name, right.Name);
            return byName != 0 ? byName : CompareBytes(left.Backup ?? "\uffff", right.Backup ?? "\uffff");
        });
        return files;

        void Add(string from, string? backup)
        {
            foreach (string name in fileSystem.ListFiles("STOCK:LIST", from))
            {
                if (StockWalFiles.IsWalName(name))
                {
                    files.Add(new StockWalFile(System.IO.Path.Combine(from, name), name, backup));
                }
            }
        }
    }

    /// <summary>Order of the names' UTF-8 bytes.</summary>
    private static int CompareBytes(string left, string right) =>
        System.Text.Encoding.UTF8.GetBytes(left).AsSpan().SequenceCompareTo(System.Text.Encoding.UTF8.GetBytes(right));

    private static string RequireInside(string root, string manifestPath, string field, string named)
    {
        string full = System.IO.Path.TrimEndingDirectorySeparator(System.IO.Path.GetFullPath(named));
        string prefix =
            System.IO.Path.EndsInDirectorySeparator(root) ? root : root + System.IO.Path.DirectorySeparatorChar;
        if (full.StartsWith(prefix, StringComparison.Ordinal))
        {
            return full;
        }

        throw new StorageException(
            StorageFault.Corrupt,
            $"{manifestPath} places {field} at {named}, outside {root}: the directory was moved or copied, or belongs "
            + "to another database. Use the original place, or say that the directory's own wal and sst are meant.",
            manifestPath);
    }
}
