using System.Globalization;
using System.Text;

namespace Kevo.Replica.Terminal;

/// <summary>Shows keys and values, which are any bytes.</summary>
internal static class ByteText
{
    /// <summary>
    /// The bytes as hexadecimal digits, or as text: valid UTF-8 as it is, control characters, backslashes and other
    /// bytes as <c>\xNN</c>. The text form can be read back.
    /// </summary>
    public static string Of(ReadOnlySpan<byte> bytes, bool hexadecimal)
    {
        if (hexadecimal)
        {
            return Convert.ToHexStringLower(bytes);
        }

        var text = new StringBuilder(bytes.Length);
        while (!bytes.IsEmpty)
        {
            bool valid =
                Rune.DecodeFromUtf8(bytes, out Rune rune, out int length) == System.Buffers.OperationStatus.Done;
            if (valid && !Rune.IsControl(rune) && rune.Value != '\\')
            {
                text.Append(rune);
            }
            else
            {
                foreach (byte one in bytes[..length])
                {
                    text.Append(CultureInfo.InvariantCulture, $"\\x{one:x2}");
                }
            }

            bytes = bytes[length..];
        }

        return text.ToString();
    }
}
