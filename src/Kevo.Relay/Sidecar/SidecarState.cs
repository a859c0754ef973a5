using System.Globalization;
using System.IO.Hashing;
using System.Text;
using Kevo.Core;
using Kevo.Platform;

namespace Kevo.Relay.Sidecar;

/// <summary>Which place in the stock files a position of the sidecar's log belongs to.</summary>
/// <param name="Position">The last transaction copied from before that place.</param>
/// <param name="File">Name of the stock file.</param>
/// <param name="Offset">Where the next transaction begins in it.</param>
/// <param name="TailChecksum">CRC-32 of up to <see cref="TailLength"/> bytes before the offset.</param>
internal sealed record SidecarState(LogPosition Position, string File, long Offset, uint TailChecksum)
{
    /// <summary>Bytes before the place that are checked when the sidecar comes back.</summary>
    public const int TailLength = 4096;

    private const string FileName = "SIDECAR";
    private const string Magic = "kevo-sidecar 1";
    private const int MaxLength = 8192;

    /// <summary>Reads the state of a sidecar directory; null when there is none.</summary>
    /// <exception cref="StorageException">It is there but damaged, of another version, or unreadable.</exception>
    public static SidecarState? Read(IFileSystem fileSystem, string directory)
    {
        string path = Path.Combine(directory, FileName);
        if (!fileSystem.FileExists(path))
        {
            return null;
        }

        string[] lines = Encoding.UTF8.GetString(fileSystem.ReadAllBytes("SIDECAR:READ", path, MaxLength)).Split('\n');
        if (lines[0] != Magic)
        {
            throw new StorageException(
                StorageFault.UnknownVersion,
                $"{path} was written by another version of this program. Use that version, or an empty directory.",
                path);
        }

        return Parse(lines) ?? throw new StorageException(
            StorageFault.Corrupt,
            $"{path} is damaged, so that the place in the stock files is unknown. Begin again with an empty directory.",
            path);
    }

    /// <summary>Replaces the state durably.</summary>
    public void Write(IFileSystem fileSystem, string directory)
    {
        string[] lines =
        [
            Magic,
            Position.ToString(),
            File,
            Offset.ToString(CultureInfo.InvariantCulture),
            TailChecksum.ToString(CultureInfo.InvariantCulture),
        ];
        string text = string.Join('\n', [.. lines, Checksum(lines), ""]);
        fileSystem.ReplaceFile("SIDECAR", Path.Combine(directory, FileName), Encoding.UTF8.GetBytes(text));
    }

    /// <summary>The checksum of the bytes before an offset of a stock file.</summary>
    /// <exception cref="StorageException">The file cannot be read.</exception>
    public static uint TailChecksumOf(IRandomReadFile file, long offset)
    {
        Span<byte> tail = stackalloc byte[(int)Math.Min(offset, TailLength)];
        int filled = 0;
        while (filled < tail.Length)
        {
            int read = file.Read("SIDECAR:TAIL", offset - tail.Length + filled, tail[filled..]);
            if (read == 0)
            {
                break;
            }

            filled += read;
        }

        return Crc32.HashToUInt32(tail[..filled]);
    }

    private static string Checksum(string[] lines)
    {
        string covered = string.Join('\n', lines, 0, 5);
        return Crc32.HashToUInt32(Encoding.UTF8.GetBytes(covered)).ToString("x8", CultureInfo.InvariantCulture);
    }

    private static SidecarState? Parse(string[] lines) =>
        lines.Length == 7
        && lines[5] == Checksum(lines)
        && LogPosition.TryParse(lines[1], out LogPosition position)
        && long.TryParse(lines[3], NumberStyles.None, CultureInfo.InvariantCulture, out long offset)
        && uint.TryParse(lines[4], NumberStyles.None, CultureInfo.InvariantCulture, out uint tail)
            ? new SidecarState(position, lines[2], offset, tail)
            : null;
}
