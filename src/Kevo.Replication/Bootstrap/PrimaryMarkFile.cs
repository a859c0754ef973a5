using System.Buffers.Text;
using System.Globalization;
using System.Text;
using Kevo.Core;
using Kevo.Platform;

namespace Kevo.Replication.Bootstrap;

/// <summary>
/// The mark as a small file, <c>primary.mark</c>: the word <c>primary</c>, a space, the number in decimal, a line feed.
/// </summary>
/// <param name="fileSystem">The disk.</param>
/// <param name="directory">The data directory that holds the content the mark is about.</param>
public sealed class PrimaryMarkFile(IFileSystem fileSystem, string directory) : IPrimaryMark
{
    private const int MaxLength = 64;

    private readonly string _path = Path.Combine(directory, "primary.mark");

    private static ReadOnlySpan<byte> Word => "primary "u8;

    /// <inheritdoc/>
    public ulong Read()
    {
        if (!fileSystem.FileExists(_path))
        {
            return 0;
        }

        ReadOnlySpan<byte> text = fileSystem.ReadAllBytes("MARK:READ", _path, MaxLength);
        if (text.StartsWith(Word) && Utf8Parser.TryParse(text[Word.Length..], out ulong number, out int length)
            && text[(Word.Length + length)..].SequenceEqual("\n"u8))
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
        Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"primary {number}\n")));
}
