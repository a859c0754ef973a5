using System.Globalization;
using System.IO.Hashing;
using System.Text;
using Kevo.Core;
using Kevo.Platform;

namespace Kevo.Relay.Serving;

/// <summary>
/// The replicas a relay knows, as a small file, so that its restart does not let go of history that one of them needs.
/// UTF-8 lines: <c>kevo-replicas 1</c>; one line a replica with position, milliseconds since 1970 when it was last
/// heard, and name; the CRC-32 of all that. One thread at a time.
/// </summary>
/// <param name="fileSystem">The disk.</param>
/// <param name="directory">The relay's directory.</param>
public sealed class KnownReplicaFile(IFileSystem fileSystem, string directory)
{
    private const string Magic = "kevo-replicas 1";
    private const int MaxLength = 4 << 20;

    private readonly string _path = Path.Combine(directory, "replicas.known");

    /// <summary>What was written last; empty when nothing was.</summary>
    /// <exception cref="StorageException">The file is damaged or unreadable.</exception>
    public IReadOnlyList<KnownReplica> Read()
    {
        if (!fileSystem.FileExists(_path))
        {
            return [];
        }

        string text = Encoding.UTF8.GetString(fileSystem.ReadAllBytes("REPLICAS:READ", _path, MaxLength));
        string[] lines = text.Split('\n');
        var replicas = new List<KnownReplica>();
        bool sound = lines.Length >= 3 && lines[0] == Magic && lines[^1].Length == 0
            && lines[^2] == Checksum(lines.AsSpan(..^2));
        for (int i = 1; sound && i < lines.Length - 2; i++)
        {
            sound = TryParse(lines[i], replicas);
        }

        return sound ? replicas : throw new StorageException(
            StorageFault.Corrupt,
            $"{_path} is damaged; it says which replicas still need history. Delete it if all of them are connected, "
            + "or may be built anew.",
            _path);
    }

    /// <summary>Replaces the list durably.</summary>
    /// <exception cref="StorageException">It cannot be written; the old one is still there.</exception>
    public void Write(IReadOnlyList<KnownReplica> replicas)
    {
        var lines = new List<string> { Magic };
        foreach (KnownReplica replica in replicas)
        {
            // A name comes from the replica; one that would break the lines is known only as long as this process
            // lives.
            if (!replica.Name.AsSpan().ContainsAny('\n', '\r'))
            {
                lines.Add(string.Create(
                    CultureInfo.InvariantCulture,
                    $"{replica.Acknowledged} {replica.LastHeard.ToUnixTimeMilliseconds()} {replica.Name}"));
            }
        }

        string checksum = Checksum(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(lines));
        fileSystem.ReplaceFile(
            "REPLICAS:WRITE", _path, Encoding.UTF8.GetBytes(string.Join('\n', [.. lines, checksum, ""])));
    }

    private static bool TryParse(string line, List<KnownReplica> replicas)
    {
        string[] parts = line.Split(' ', 3);
        if (parts.Length != 3
            || !LogPosition.TryParse(parts[0], out LogPosition position)
            || !long.TryParse(parts[1], CultureInfo.InvariantCulture, out long heard))
        {
            return false;
        }

        replicas.Add(new KnownReplica(parts[2], position, DateTimeOffset.FromUnixTimeMilliseconds(heard)));
        return true;
    }

    private static string Checksum(ReadOnlySpan<string> lines)
    {
        var crc = new Crc32();
        foreach (string line in lines)
        {
            crc.Append(Encoding.UTF8.GetBytes(line));
            crc.Append("\n"u8);
        }

        return crc.GetCurrentHashAsUInt32().ToString(CultureInfo.InvariantCulture);
    }
}
