using System.Buffers;
using System.Globalization;
using System.IO.Hashing;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Kevo.Core;
using Kevo.Platform;

namespace Kevo.Replica.Node;

/// <summary>
/// <c>node.json</c>: what makes a directory a data directory of ours. It is written before anything else, so a
/// directory that has content but not this file belongs to somebody else and is left alone. Its <c>checksum</c> is the
/// CRC-32 of format, space and name, as eight hexadecimal digits; files of earlier versions have none.
/// </summary>
/// <param name="NodeId">This node's name, made up once; letters and digits.</param>
internal sealed record NodeFile(string NodeId)
{
    /// <summary>The version of the directory's layout that this program reads and writes.</summary>
    public const int FormatVersion = 1;

    /// <summary>The file's name in the data directory.</summary>
    public const string Name = "node.json";

    private const int MaxLength = 64 * 1024;

    // What may be in a directory before it is ours: a mount point's own directory, the lock just taken, and what a
    // first start leaves that was killed while it wrote the file.
    private static readonly string[] Tolerated = ["lost+found", "LOCK", Name + FileReplacement.TemporarySuffix];

    /// <summary>Reads the file, or makes it in an empty directory.</summary>
    /// <exception cref="StorageException">The directory is not ours, of another version, or unusable.</exception>
    public static NodeFile ReadOrCreate(IFileSystem fileSystem, string directory)
    {
        string path = Path.Combine(directory, Name);
        if (fileSystem.FileExists(path))
        {
            return Read(fileSystem, directory);
        }

        IEnumerable<string> content = fileSystem.ListFiles("NODE:LIST", directory)
            .Concat(fileSystem.ListDirectories("NODE:LIST", directory))
            .Except(Tolerated);
        if (content.FirstOrDefault() is { } stranger)
        {
            throw new StorageException(
                StorageFault.UnknownVersion,
                $"{directory} holds {stranger} but no {Name}: it is no data directory of kevo-replica. Choose an empty "
                + "directory, or one that kevo-replica made.",
                directory);
        }

        var created = new NodeFile(RandomNumberGenerator.GetHexString(16, lowercase: true));
        created.Create(fileSystem, directory);
        return created;
    }

    /// <summary>Writes the file into a directory that is made for this node.</summary>
    public void Create(IFileSystem fileSystem, string directory) =>
        fileSystem.ReplaceFile("NODE:CREATE", Path.Combine(directory, Name), ToJson());

    /// <summary>Reads the file of a directory that must be ours.</summary>
    /// <exception cref="StorageException">The directory is not ours, of another version, or unusable.</exception>
    public static NodeFile Read(IFileSystem fileSystem, string directory)
    {
        string path = Path.Combine(directory, Name);
        if (!fileSystem.FileExists(path))
        {
            throw new StorageException(
                StorageFault.NotFound,
                $"{directory} holds no {Name}: it is no data directory of kevo-replica. Name one that \"run\" made.",
                path);
        }

        byte[] content = fileSystem.ReadAllBytes("NODE:READ", path, MaxLength);
        try
        {
            using var document = JsonDocument.Parse(content);
            int format = document.RootElement.GetProperty("format").GetInt32();
            if (format != FormatVersion)
            {
                throw new StorageException(
                    StorageFault.UnknownVersion,
                    $"{path}: the directory has format {format}; this version of kevo-replica knows format "
                    + $"{FormatVersion}. Use the version that made it, or another directory.",
                    path);
            }

            var node = new NodeFile(
                document.RootElement.GetProperty("node").GetString() ?? throw new FormatException("node is null."));
            bool sound = !document.RootElement.TryGetProperty("checksum", out JsonElement checksum)
                || checksum.GetString() == node.Checksum();
            return sound ? node : throw new FormatException("its checksum is that of another content.");
        }
        catch (Exception error) when (
            error is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            throw new StorageException(
                StorageFault.Corrupt,
                $"{path} is damaged: {error.Message} Restore it from a backup; nothing was changed.",
                path,
                error);
        }
    }

    private byte[] ToJson()
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteNumber("format", FormatVersion);
            json.WriteString("node", NodeId);
            json.WriteString("checksum", Checksum());
            json.WriteEndObject();
        }

        return [.. buffer.WrittenSpan, (byte)'\n'];
    }

    private string Checksum()
    {
        string covered = string.Create(CultureInfo.InvariantCulture, $"{FormatVersion} {NodeId}");
        return Crc32.HashToUInt32(Encoding.UTF8.GetBytes(covered)).ToString("x8", CultureInfo.InvariantCulture);
    }
}
