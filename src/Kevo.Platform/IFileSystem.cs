using Kevo.Core;

namespace Kevo.Platform;

/// <summary>
/// The file operations of this product. Each takes an operation name of the form <c>ROOM:STEP</c> (for example
/// <c>SEGMENT:RENAME</c>) that appears in errors and lets a test fail or record exactly that call.
/// Every failure is a <see cref="StorageException"/> that carries the path. Thread-safe.
/// </summary>
public interface IFileSystem
{
    /// <summary>
    /// Creates a file that must not exist, allocates <paramref name="length"/> bytes of real disk space for it
    /// (zeroed), and maps it for reading and writing. Nothing is durable until it is synced.
    /// </summary>
    IMappedFile CreateMapped(string operation, string path, long length);

    /// <summary>
    /// Maps a file whose content is of no use any more for reading and writing, with real disk space for
    /// <paramref name="length"/> bytes: what it had, and more or less where the length differs. Space kept need not be
    /// given back to the disk, which on many disks lets all else wait for tens of milliseconds, nor be had anew. The
    /// bytes are what they were, or zeros. A file with another name (a hard link, as backups make) keeps its content
    /// under that one. The caller sees to it that nobody else reads the file. Nothing is durable until it is synced.
    /// </summary>
    IMappedFile RecycleMapped(string operation, string path, long length);

    /// <summary>Maps an existing file whole. With <paramref name="writable"/> false, writing faults.</summary>
    IMappedFile OpenMapped(string operation, string path, bool writable);

    /// <summary>Creates a file that must not exist, for sequential writing.</summary>
    IAppendFile CreateAppend(string operation, string path);

    /// <summary>Opens an existing file, which others may be writing, for positioned reads.</summary>
    IRandomReadFile OpenRead(string operation, string path);

    /// <summary>Reads a whole small file.</summary>
    /// <exception cref="StorageException">
    /// It is larger than <paramref name="maxLength"/> bytes, or unreadable.
    /// </exception>
    byte[] ReadAllBytes(string operation, string path, int maxLength);

    /// <summary>
    /// Replaces a small file as one durable step: temporary file beside it, write, sync, rename, sync of the directory.
    /// After a crash the file holds the old or the new bytes, never a mixture. The steps carry the operation names
    /// <c>{operation}.CREATE</c>, <c>.WRITE</c>, <c>.SYNC</c>, <c>.RENAME</c> and <c>.SYNCDIR</c>.
    /// </summary>
    void ReplaceFile(string operation, string path, ReadOnlySpan<byte> content);

    /// <summary>Cuts or extends a closed file to <paramref name="length"/> bytes and syncs it.</summary>
    void Truncate(string operation, string path, long length);

    /// <summary>Makes an existing file's content and length durable, whoever wrote it.</summary>
    void SyncFile(string operation, string path);

    /// <summary>Renames, replacing the target. Durable only after <see cref="SyncDirectory"/>.</summary>
    void Rename(string operation, string source, string target);

    /// <summary>Makes a second name (hard link) for a file. The target must not exist.</summary>
    void Link(string operation, string source, string target);

    /// <summary>Removes a file. Open handles and mappings stay usable.</summary>
    void Delete(string operation, string path);

    /// <summary>
    /// One step of removing a file: cuts at most <paramref name="most"/> bytes off its end, or removes it when no more
    /// are left or it has another name (a hard link), under which it stays as it is. Many disks discard what is given
    /// back and do nothing else meanwhile; in steps, others get their turn. The caller sees to it that nobody reads it.
    /// </summary>
    /// <returns>True when the name is gone; false when there is more to do.</returns>
    bool DeletePart(string operation, string path, long most);

    /// <summary>Creates the directory and its parents; existing ones are fine.</summary>
    void CreateDirectory(string operation, string path);

    /// <summary>Makes the names in a directory durable.</summary>
    void SyncDirectory(string operation, string path);

    /// <summary>
    /// Lets work of several calls begin while the caller goes on: by a thread of the pool, or, on a file system that
    /// keeps to one thread, when it is waited for.
    /// </summary>
    void StartBehind(DiskTask task) => task.Hold();

    /// <summary>Takes the exclusive lock of a directory for the life of the returned object.</summary>
    /// <exception cref="StorageException">
    /// <see cref="StorageFault.InUse"/> when another process or caller holds it.
    /// </exception>
    IDisposable LockDirectory(string operation, string path);

    /// <summary>Whether a file exists.</summary>
    bool FileExists(string path);

    /// <summary>Whether a directory exists.</summary>
    bool DirectoryExists(string path);

    /// <summary>The length of a file in bytes.</summary>
    long FileLength(string operation, string path);

    /// <summary>The names (without directory) of the files directly in a directory, in ordinal order.</summary>
    IReadOnlyList<string> ListFiles(string operation, string directory);

    /// <summary>
    /// The names (without their parent) of the directories directly in a directory, in ordinal order.
    /// </summary>
    IReadOnlyList<string> ListDirectories(string operation, string directory);

    /// <summary>Bytes that an unprivileged process may still allocate on the file system that holds the path.</summary>
    long AvailableBytes(string operation, string path);
}
