using Kevo.Core.Testing;

namespace Kevo.Platform;

/// <summary>
/// Replaces a small file as one durable step, built from the other operations of a file system so that each step can be
/// failed and recorded by itself. File systems call it from <see cref="IFileSystem.ReplaceFile"/>.
/// </summary>
public static class FileReplacement
{
    /// <summary>
    /// What the temporary file's name ends with. One left behind by a crash is overwritten by the next replacement.
    /// </summary>
    public const string TemporarySuffix = ".tmp";

    /// <summary>Writes the temporary file, syncs it, renames it into place and syncs the directory.</summary>
    /// <exception cref="Core.StorageException">A step failed; until the rename the old file is untouched.</exception>
    public static void Run(IFileSystem fileSystem, string operation, string path, ReadOnlySpan<byte> content)
    {
        ArgumentNullException.ThrowIfNull(fileSystem);
        string temporary = path + TemporarySuffix;
        if (fileSystem.FileExists(temporary))
        {
            fileSystem.Delete(operation + ".CLEAN", temporary);
        }

        using (IAppendFile file = fileSystem.CreateAppend(operation + ".CREATE", temporary))
        {
            file.Append(operation + ".WRITE", content);
            if (!PlantedBugs.Has(PlantedBug.ReplacementNotSynced))
            {
                file.Sync(operation + ".SYNC");
            }
        }

        fileSystem.Rename(operation + ".RENAME", temporary, path);
        string directory = Path.GetDirectoryName(path) is { Length: > 0 } parent ? parent : ".";
        fileSystem.SyncDirectory(operation + ".SYNCDIR", directory);
    }
}
