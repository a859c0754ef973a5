using System.Globalization;
using System.IO.Hashing;
using System.Text;
using Kevo.Core;
using Kevo.Platform;

namespace Kevo.Replica.Node;

/// <summary>
/// A store built anew in <c>resync/</c> inside a data directory, because the history held there is not the primary's.
/// When it is complete it takes the old one's place, which is moved to <c>set-aside/</c>; a crash in between is
/// finished by the next start.
/// </summary>
internal static class HistoryReplacement
{
    private const string Name = "resync";
    private const string Marker = "COMPLETE";
    private const string MarkerMagic = "set-aside 1";
    private const string SetAside = "set-aside";
    private const string SetAsidePrefix = "diverged-";
    private const int MarkerLengthMax = 256;

    private static readonly string[] Parts = ["log", "tables", "CHECKPOINT"];

    /// <summary>Where the new store is built.</summary>
    public static string PathOf(string directory) => Path.Combine(directory, Name);

    /// <summary>
    /// Makes an empty place for a new store of the same node; what an earlier attempt left there goes.
    /// </summary>
    public static string Begin(IFileSystem fileSystem, string directory, NodeFile node)
    {
        string path = PathOf(directory);
        fileSystem.CreateDirectory("RESYNC:MKDIR", path);
        Empty(fileSystem, path);
        node.Create(fileSystem, path);
        return path;
    }

    /// <summary>
    /// Notes durably that the new store, which is closed, is complete; from here on the next start puts it in place.
    /// </summary>
    /// <param name="fileSystem">The disk.</param>
    /// <param name="directory">The data directory.</param>
    /// <param name="held">Where the old history ends.</param>
    /// <returns>The directory that the old history will be moved to.</returns>
    public static string Complete(IFileSystem fileSystem, string directory, LogPosition held)
    {
        string aside = $"{SetAsidePrefix}{held.Epoch}-{held.Sequence}";
        for (int i = 2; fileSystem.DirectoryExists(Path.Combine(directory, SetAside, aside)); i++)
        {
            aside = $"{SetAsidePrefix}{held.Epoch}-{held.Sequence}-{i}";
        }

        fileSystem.SyncDirectory("RESYNC:SYNC", directory);
        fileSystem.ReplaceFile(
            "RESYNC:MARK", Path.Combine(PathOf(directory), Marker), Encoding.ASCII.GetBytes(ComposeMarker(aside)));
        return Path.Combine(directory, SetAside, aside);
    }

    /// <summary>
    /// Puts a complete new store in place; does nothing when there is none. Before the store is opened.
    /// </summary>
    /// <exception cref="StorageException">The directory is in use, the note that the new store is complete is damaged,
    /// or the disk failed; it may be tried again.</exception>
    public static void Finish(IFileSystem fileSystem, string directory)
    {
        string path = PathOf(directory);
        string marker = Path.Combine(path, Marker);
        if (!fileSystem.FileExists(marker))
        {
            return;
        }

        using IDisposable locked = fileSystem.LockDirectory("RESYNC:LOCK", directory);
        string aside = ReadMarker(marker, fileSystem.ReadAllBytes("RESYNC:READ", marker, MarkerLengthMax));
        string target = Path.Combine(directory, SetAside, aside);
        fileSystem.CreateDirectory("RESYNC:MKDIR", target);
        SyncNames(fileSystem, directory, target);

        // Each part is in one of three states, told apart by what exists, so that this can be repeated. All of the old
        // store is durably aside before the first part of the new one takes its place, or a power cut could keep the
        // second rename and not the first.
        foreach (string part in Parts)
        {
            string held = Path.Combine(directory, part);
            string old = Path.Combine(target, part);
            if (Exists(fileSystem, Path.Combine(path, part)) && Exists(fileSystem, held) && !Exists(fileSystem, old))
            {
                fileSystem.Rename("RESYNC:ASIDE", held, old);
            }
        }

        SyncNames(fileSystem, directory, target);
        foreach (string part in Parts)
        {
            string built = Path.Combine(path, part);
            if (Exists(fileSystem, built))
            {
                fileSystem.Rename("RESYNC:PLACE", built, Path.Combine(directory, part));
            }
        }

        fileSystem.SyncDirectory("RESYNC:SYNC", path);
        fileSystem.SyncDirectory("RESYNC:SYNC", directory);
        fileSystem.Delete("RESYNC:DONE", marker);
    }

    private static void SyncNames(IFileSystem fileSystem, string directory, string target)
    {
        fileSystem.SyncDirectory("RESYNC:SYNC", target);
        fileSystem.SyncDirectory("RESYNC:SYNC", Path.Combine(directory, SetAside));
        fileSystem.SyncDirectory("RESYNC:SYNC", directory);
    }

    // Three ASCII lines: what it is, the name of the directory below set-aside, and the CRC-32 of both lines.
    private static string ComposeMarker(string aside)
    {
        string covered = $"{MarkerMagic}\n{aside}\n";
        uint checksum = Crc32.HashToUInt32(Encoding.ASCII.GetBytes(covered));
        return string.Create(CultureInfo.InvariantCulture, $"{covered}{checksum:x8}\n");
    }

    /// <summary>
    /// The name in the marker. The name alone is what earlier versions wrote, and what an operator may write.
    /// </summary>
    private static string ReadMarker(string path, ReadOnlySpan<byte> content)
    {
        string text = Encoding.ASCII.GetString(content);
        string[] lines = text.Split('\n');
        string aside = lines.Length == 4 ? lines[1] : text;
        bool sound = IsSetAsideName(aside) && (lines.Length == 1 || text == ComposeMarker(aside));
        return sound ? aside : throw new StorageException(
            StorageFault.Corrupt,
            $"{path} is damaged; it names the directory below {SetAside} that the old history goes to. Write that "
            + "name, or one like diverged-1-1 that is not taken, into it, without a line feed, and start again.",
            path);
    }

    private static bool IsSetAsideName(string name) =>
        name.StartsWith(SetAsidePrefix, StringComparison.Ordinal)
        && char.IsAsciiDigit(name[^1])
        && !name.AsSpan(SetAsidePrefix.Length).ContainsAnyExcept("0123456789-");

    private static bool Exists(IFileSystem fileSystem, string path) =>
        fileSystem.FileExists(path) || fileSystem.DirectoryExists(path);

    private static void Empty(IFileSystem fileSystem, string path)
    {
        foreach (string file in fileSystem.ListFiles("RESYNC:LIST", path))
        {
            fileSystem.Delete("RESYNC:CLEAN", Path.Combine(path, file));
        }

        foreach (string inner in fileSystem.ListDirectories("RESYNC:LIST", path))
        {
            Empty(fileSystem, Path.Combine(path, inner));
        }
    }
}
