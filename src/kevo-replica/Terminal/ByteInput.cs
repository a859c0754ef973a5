using System.Globalization;
using System.Text;
using Kevo.Core;

namespace Kevo.Replica.Terminal;

/// <summary>Reads keys as <see cref="ByteText"/> writes them.</summary>
internal static class ByteInput
{
    /// <summary>The bytes meant by the text.</summary>
    /// <param name="text">Hexadecimal digits, or text in which <c>\xNN</c> is a byte.</param>
    /// <param name="hexadecimal">Which of the two.</param>
    /// <param name="name">What the text is, for the error.</param>
    /// <exception cref="ConfigurationException">The text cannot be read.</exception>
    public static byte[] Read(string text, bool hexadecimal, string name)
    {
        if (hexadecimal)
        {
            try
            {
                return Convert.FromHexString(text);
            }
            catch (FormatException error)
            {
                throw new ConfigurationException(
                    $"{name}: \"{text}\" is not an even number of hexadecimal digits.", error);
            }
        }

        var bytes = new List<byte>(text.Length);
        for (int at = 0; at < text.Length;)
        {
            if (text[at] == '\\' && at + 3 < text.Length && text[at + 1] == 'x'
                && byte.TryParse(
                    text.AsSpan(at + 2, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture,
                    out byte value))
            {
                bytes.Add(value);
                at += 4;
                continue;
            }

            int length = at + 1 < text.Length && char.IsSurrogatePair(text, at) ? 2 : 1;
            bytes.AddRange(Encoding.UTF8.GetBytes(text.Substring(at, length)));
            at += length;
        }

        return [.. bytes];
    }
}
