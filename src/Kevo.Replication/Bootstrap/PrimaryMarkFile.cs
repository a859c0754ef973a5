using System.Buffers.Text;
using System.Globalization;
using System.IO.Hashing;
using System.Text;
using Kevo.Core;
using Kevo.Platform;

namespace Kevo.Replication.Bootstrap;

/// <summary>
/// The mark as a small file, <c>primary.mark</c>. ASCII lines: <c>primary-mark 1</c>; the number in decimal; the CRC-32
/// of both lines with their line feeds, as eight hexadecimal digits. The form of earlier versions, one line with the
/// word <c>primary</c> and the number, is still read; nothing that damages the present one can make it look like that.
/// </summary>
/// <param name="fileSystem">The disk.</param>
/// <param name="directory">The data directory that holds the content the mark is about.</param>
public sealed class PrimaryMarkFile(IFileSystem fileSystem, string directory) : IPrimaryMark
{
    private const int MaxLength = 64;
    private const int ChecksumLength = 8;

    private readonly string _path = Path.Combine(directory, "primary.mark");

    private static ReadOnlySpan<byte> Magic => "primary-mark 1\n"u8;

    private static ReadOnlySpan<byte> FormerWord => "primary "u8;

    /// <inheritdoc/>
    public ulong Read()
    {
        if (!fileSystem.FileExists(_path))
        {
            return 0;
        }

        ReadOnlySpan<byte> text = fileSystem.ReadAllBytes("MARK:READ", _path, MaxLength);
        if (TryRead(text, out ulong number) || TryReadFormer(text, out number))
        {
            return number;
        }

        throw new StorageException(
            StorageFault.Corrupt,
            $"{_path} is damaged; it says which number of the primary the content stands for. Delete it to go on "
            + "without: a primary that lost history is then not recognised until the next snapshot.",
            _path);
    }

    /// <inheritdoc/>
    public void Write(ulong number) => fileSystem.ReplaceFile(
        "MARK:WRITE",
        _path,
        Encoding.ASCII.GetBytes(Compose(number)));

    private static string Compose(ulong number)
    {
        string covered = string.Create(
            CultureInfo.InvariantCulture, $"{Encoding.ASCII.GetString(Magic)}{number}\n");
        uint checksum = Crc32.HashToUInt32(Encoding.ASCII.GetBytes(covered));
        return string.Create(CultureInfo.InvariantCulture, $"{covered}{checksum:x8}\n");
    }

    // What is not exactly what would be written for the number is not accepted, be it a leading zero.
    private static bool TryRead(ReadOnlySpan<byte> text, out ulong number) =>
        TryReadNumber(text, Magic, out number, out int end)
        && text.Length == end + ChecksumLength + 1
        && text.SequenceEqual(Encoding.ASCII.GetBytes(Compose(number)));

    private static bool TryReadFormer(ReadOnlySpan<byte> text, out ulong number) =>
        TryReadNumber(text, FormerWord, out number, out int end) && end == text.Length;

    private static bool TryReadNumber(ReadOnlySpan<byte> text, ReadOnlySpan<byte> before, out ulong number, out int end)
    {
        number = 0;
        end = 0;
        if (!text.StartsWith(before)
            || !Utf8Parser.TryParse(text[before.Length..], out number, out int digits))
        {
            return false;
        }

        end = before.Length + digits + 1;
        return end <= text.Length && text[end - 1] == (byte)'\n';
    }
}
