using System.Buffers.Binary;
using System.Text;

namespace Kevo.Measure.Load;

/// <summary>
/// As much of HTTP/2 as a load of gRPC calls needs: frames written from prepared bytes, and the form of what comes
/// back.
/// </summary>
internal static class Http2Frames
{
    /// <summary>Bytes of a frame's header: length (3), type (1), flags (1), stream (4), big-endian.</summary>
    public const int HeaderLength = 9;

    /// <summary>The largest frame that is answered to us: the protocol's default, which we do not raise.</summary>
    public const int MaxPayload = 16 << 10;

    public const byte Data = 0;
    public const byte Headers = 1;
    public const byte ResetStream = 3;
    public const byte Settings = 4;
    public const byte Ping = 6;
    public const byte GoAway = 7;
    public const byte WindowUpdate = 8;

    public const byte EndStream = 1;
    public const byte Acknowledgement = 1;
    public const byte EndHeaders = 4;

    /// <summary>The largest window of the protocol.</summary>
    public const int MaxWindow = int.MaxValue;

    private const int DefaultWindow = 65_535;

    /// <summary>
    /// What a client says first. The windows are opened as far as they go, so that nothing waits for a window update,
    /// and the table for header compression is closed, so that response headers come as plain text.
    /// </summary>
    public static byte[] Preface()
    {
        using var bytes = new MemoryStream();
        bytes.Write("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8);
        Span<byte> settings = stackalloc byte[18];
        WriteSetting(settings, 1, 0);
        WriteSetting(settings[6..], 2, 0);
        WriteSetting(settings[12..], 4, MaxWindow);
        Span<byte> header = stackalloc byte[HeaderLength];
        WriteHeader(header, settings.Length, Settings, 0, 0);
        bytes.Write(header);
        bytes.Write(settings);
        Span<byte> window = stackalloc byte[HeaderLength + 4];
        WriteWindowUpdate(window, MaxWindow - DefaultWindow);
        bytes.Write(window);
        return bytes.ToArray();
    }

    /// <summary>The header block of a gRPC request: literal fields that no table has to remember.</summary>
    public static byte[] RequestHeaders(string path)
    {
        using var block = new MemoryStream();
        block.WriteByte(0x83); // :method POST
        block.WriteByte(0x86); // :scheme http
        block.WriteByte(0x04); // :path, by the name's place in the static table
        WriteText(block, path);
        block.WriteByte(0x01); // :authority
        WriteText(block, "localhost");
        block.Write([0x0F, 0x10]); // content-type
        WriteText(block, "application/grpc");
        block.WriteByte(0);
        WriteText(block, "te");
        WriteText(block, "trailers");
        block.WriteByte(0);
        WriteText(block, "user-agent");
        WriteText(block, "kevo-measure");
        return block.ToArray();
    }

    /// <summary>Whether a block of trailers says that the call succeeded.</summary>
    public static bool SaysOk(ReadOnlySpan<byte> trailers) => trailers.IndexOf("grpc-status\u00010"u8) >= 0;

    /// <summary>Writes a frame's header.</summary>
    public static void WriteHeader(Span<byte> into, int length, byte type, byte flags, int stream)
    {
        BinaryPrimitives.WriteInt32BigEndian(into, length << 8);
        into[3] = type;
        into[4] = flags;
        BinaryPrimitives.WriteInt32BigEndian(into[5..], stream);
    }

    /// <summary>Writes a frame that widens the connection's window.</summary>
    public static void WriteWindowUpdate(Span<byte> into, int bytes)
    {
        WriteHeader(into, 4, WindowUpdate, 0, 0);
        BinaryPrimitives.WriteInt32BigEndian(into[HeaderLength..], bytes);
    }

    private static void WriteSetting(Span<byte> into, ushort name, int value)
    {
        BinaryPrimitives.WriteUInt16BigEndian(into, name);
        BinaryPrimitives.WriteInt32BigEndian(into[2..], value);
    }

    private static void WriteText(MemoryStream block, string text)
    {
        // Lengths below 127 fit the seven bits; the eighth would announce Huffman code.
        block.WriteByte((byte)text.Length);
        block.Write(Encoding.ASCII.GetBytes(text));
    }
}
