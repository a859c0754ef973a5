using System.Buffers.Text;
using Microsoft.Win32.SafeHandles;

namespace Kevo.Platform;

/// <summary>What the system says about the memory of this process, in bytes.</summary>
/// <param name="Resident">Everything in physical memory: the two others together.</param>
/// <param name="Anonymous">What only this process has: heaps and stacks.</param>
/// <param name="Mapped">
/// Pages of mapped files, the program itself among them; the system takes them back when it needs the memory.
/// </param>
public readonly record struct ProcessMemory(long Resident, long Anonymous, long Mapped)
{
    private const int MaxLength = 8 << 10;

    /// <summary>Asks the system; null where it does not say, because <c>/proc</c> is not mounted.</summary>
    public static ProcessMemory? Read()
    {
        const string Source = "/proc/self/status";
        if (!File.Exists(Source))
        {
            return null;
        }

        Span<byte> buffer = stackalloc byte[MaxLength];
        using SafeFileHandle file = File.OpenHandle(Source);
        ReadOnlySpan<byte> status = buffer[..RandomAccess.Read(file, buffer, 0)];
        long anonymous = Field(status, "RssAnon:"u8);
        long mapped = Field(status, "RssFile:"u8) + Field(status, "RssShmem:"u8);
        return new ProcessMemory(anonymous + mapped, anonymous, mapped);
    }

    // A field is a name, blanks, and a number of KiB.
    private static long Field(ReadOnlySpan<byte> status, ReadOnlySpan<byte> name)
    {
        int at = status.IndexOf(name);
        return at >= 0
            && Utf8Parser.TryParse(status[(at + name.Length)..].TrimStart(" \t"u8), out long kibibytes, out _)
            ? kibibytes << 10
            : 0;
    }
}
