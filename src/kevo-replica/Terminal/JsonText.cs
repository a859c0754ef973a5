using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using Microsoft.IO;

namespace Kevo.Replica.Terminal;

/// <summary>Writes JSON for standard output.</summary>
internal static class JsonText
{
    private static readonly JsonWriterOptions Compact = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    private static readonly JsonWriterOptions Indented = Compact with { Indented = true };

    /// <summary>One JSON value as text, on one line unless asked otherwise.</summary>
    public static string Of(Action<Utf8JsonWriter> write, bool indented = false)
    {
        using RecyclableMemoryStream buffer = JsonBuffers.Rent();
        using (var json = new Utf8JsonWriter((IBufferWriter<byte>)buffer, indented ? Indented : Compact))
        {
            write(json);
        }

        return JsonBuffers.TextOf(buffer);
    }
}
