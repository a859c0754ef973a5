using System.IO.Hashing;
using System.Runtime.InteropServices;
using Kevo.Core;
using Kevo.Platform;

namespace Kevo.Testing.Disk;

/// <summary>
/// A disk in memory that knows what was synced. A power cut keeps that, and keeps, loses or tears the rest.
/// </summary>
/// <remarks>
/// The fault model. Bytes: a synced range survives; each other 4 KiB page that differs is old, new, or a mixture of
/// its 512-byte sectors, independently of all others. Lengths: old, new or between until the file is synced. Names:
/// each creation, removal and rename is atomic and survives or not, independently of all others, until its
/// directory is synced; a directory that did not survive takes what is in it along. Locks and open files end. Bit
/// rot and unreadable ranges are planted by the test. Thread-safe, except that a crash is taken while no other call
/// runs.
/// </remarks>
public sealed partial class SimulatedFileSystem : IFileSystem
{
    private static readonly object DirectoryMarker = new();

    private readonly Lock _gate = new();
    private readonly HashSet<string> _locks = new(StringComparer.Ordinal);
    private readonly List<NameChange> _unsynced = [];
    private Dictionary<string, object> _names = new(StringComparer.Ordinal) { ["/"] = DirectoryMarker };
    private Dictionary<string, object> _stableNames = new(StringComparer.Ordinal) { ["/"] = DirectoryMarker };

    /// <summary>Bytes that fit; a call that needs more fails as on a full disk.</summary>
    public long Capacity { get; set; } = long.MaxValue;

    /// <summary>
    /// Asked whether the disk is still at work on what was left to it. Never, unless told otherwise.
    /// </summary>
    public Func<bool> IsBusy { get; set; } = static () => false;

    /// <summary>Bytes that files hold now.</summary>
    public long UsedBytes
    {
        get
        {
            lock (_gate)
            {
                return _names.Values.OfType<SimulatedFile>().Distinct().Sum(static file => (long)file.Length);
            }
        }
    }

    /// <summary>Goes up with every crash; open files of an earlier one are dead.</summary>
    internal int Generation { get; private set; }

    /// <summary>
    /// A disk as the machine would find it if the power failed now, one of many, chosen by the seed. This disk
    /// stays as it is.
    /// </summary>
    public SimulatedFileSystem CrashImage(int seed) => CrashImage(new Random(seed));

    /// <summary>As <see cref="CrashImage(int)"/>, with every choice made by the caller's numbers.</summary>
    public SimulatedFileSystem CrashImage(Random random)
    {
        lock (_gate)
        {
            var names = new Dictionary<string, object>(_stableNames, StringComparer.Ordinal);
            foreach (NameChange change in _unsynced)
            {
                if (random.Next(2) == 0)
                {
                    change.ApplyTo(names);
                }
            }

            var image = new SimulatedFileSystem { Capacity = Capacity };
            var survivors = new Dictionary<SimulatedFile, SimulatedFile>(ReferenceEqualityComparer.Instance);
            foreach ((string path, object target) in names.OrderBy(static name => name.Key, StringComparer.Ordinal))
            {
                if (!HasParents(names, path))
                {
                    continue;
                }

                object survivor = target;
                if (target is SimulatedFile file)
                {
                    if (!survivors.TryGetValue(file, out SimulatedFile? copy))
                    {
                        copy = file.Survivor(random);
                        survivors.Add(file, copy);
                    }

                    survivor = copy;
                }

                image._names[path] = survivor;
                image._stableNames[path] = survivor;
            }

            return image;
        }
    }

    /// <summary>Every file with its length, in order of its path.</summary>
    public IReadOnlyList<(string Path, long Length)> ListAll()
    {
        lock (_gate)
        {
            return [.. _names
                .Where(static name => name.Value is SimulatedFile)
                .OrderBy(static name => name.Key, StringComparer.Ordinal)
                .Select(static name => (name.Key, (long)((SimulatedFile)name.Value).Length))];
        }
    }

    /// <summary>A number that two disks with the same names and bytes share.</summary>
    public ulong Fingerprint()
    {
        lock (_gate)
        {
            var hash = new XxHash3();
            foreach ((string path, object target) in _names.OrderBy(static name => name.Key, StringComparer.Ordinal))
            {
                hash.Append(MemoryMarshal.AsBytes(path.AsSpan()));
                if (target is SimulatedFile file)
                {
                    hash.Append(BitConverter.GetBytes(file.Length));
                    hash.Append(file.Data.AsSpan(0, file.Length));
                }
            }

            return hash.GetCurrentHashAsUInt64();
        }
    }

    /// <summary>
    /// The power fails and comes back: this disk becomes its own <see cref="CrashImage"/>; open files and locks
    /// end.
    /// </summary>
    public void Crash(int seed)
    {
        SimulatedFileSystem image = CrashImage(seed);
        lock (_gate)
        {
            _names = image._names;
            _stableNames = image._stableNames;
            _unsynced.Clear();
            _locks.Clear();
            Generation++;
        }
    }

    /// <summary>
    /// Every process dies but the machine goes on: open files and locks end, and what was not synced stays
    /// readable, to be lost by a later power cut.
    /// </summary>
    public void KillProcesses()
    {
        lock (_gate)
        {
            _locks.Clear();
            Generation++;
        }
    }

    /// <summary>Opens an existing file to append to it, which the product never does and other processes do.</summary>
    public IAppendFile OpenAppend(string path)
    {
        lock (_gate)
        {
            return new SimulatedAppendFile(this, Find("TEST:APPEND", path), path);
        }
    }

    /// <summary>
    /// Turns one bit of a file over, on disk and in memory, as bit rot does. Bit 0 is the lowest of the first byte.
    /// </summary>
    public void FlipBit(string path, long bit)
    {
        lock (_gate)
        {
            Find("TEST:FLIP", path).FlipBit(bit);
        }
    }

    /// <summary>Makes a range of a file unreadable: reads that touch it fail with an I/O error.</summary>
    public void FailReads(string path, long offset, long length)
    {
        lock (_gate)
        {
            Find("TEST:FAIL", path).Unreadable.Add((offset, length));
        }
    }

    internal void RequireCurrent(int generation)
    {
        if (generation != Generation)
        {
            throw new SimulatedCrashException("The file was open when the power failed.");
        }
    }

    internal long FreeBytes() => Capacity - UsedBytes;

    private static bool HasParents(Dictionary<string, object> names, string path)
    {
        for (string? parent = Path.GetDirectoryName(path); parent is not null; parent = Path.GetDirectoryName(parent))
        {
            if (!names.ContainsKey(parent))
            {
                return false;
            }
        }

        return true;
    }

    private static string Normal(string path) => Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));

    private static StorageException Error(StorageFault fault, string operation, string path, string text) =>
        new(fault, $"{operation}: {path}: {text}.", path);

    private SimulatedFile Find(string operation, string path) =>
        _names.GetValueOrDefault(Normal(path)) as SimulatedFile
        ?? throw Error(StorageFault.NotFound, operation, path, "no such file");

    private bool HasOtherNames(SimulatedFile file) => _names.Values.Count(target => target == file) > 1;

    private void Change(params (string Path, object? Target)[] edits)
    {
        var change = new NameChange(edits);
        change.ApplyTo(_names);
        _unsynced.Add(change);
    }

    private SimulatedFile Create(string operation, string path)
    {
        path = Normal(path);
        if (_names.ContainsKey(path))
        {
            throw Error(StorageFault.InputOutput, operation, path, "exists already");
        }

        RequireParent(operation, path);
        var file = new SimulatedFile();
        Change((path, file));
        return file;
    }

    private void RequireParent(string operation, string path)
    {
        if (Path.GetDirectoryName(path) is not { } parent || _names.GetValueOrDefault(parent) != DirectoryMarker)
        {
            throw Error(StorageFault.NotFound, operation, path, "its directory does not exist");
        }
    }
}
