using System.Buffers;
using System.Text;
using Microsoft.IO;

namespace Kevo.Replica.Terminal;

/// <summary>
/// Pooled buffers for JSON text. A log line comes for every event and a dumped entry may be megabytes long: neither
/// should leave its bytes to the collector. What is kept for reuse is bounded.
/// </summary>
internal static class JsonBuffers
{
    private static readonly RecyclableMemoryStreamManager Manager = new(new RecyclableMemoryStreamManager.Options
    {
        BlockSize = 16 << 10,
        LargeBufferMultiple = 1 << 20,
        MaximumBufferSize = 32 << 20,
        MaximumSmallPoolFreeBytes = 1 << 20,
        MaximumLargePoolFreeBytes = 8 << 20,
    });

    /// <summary>An empty buffer; the caller disposes it.</summary>
    public static RecyclableMemoryStream Rent() => Manager.GetStream();

    /// <summary>The UTF-8 bytes written, as text.</summary>
    public static string TextOf(RecyclableMemoryStream buffer) => Encoding.UTF8.GetString(buffer.GetReadOnlySequence());
}
