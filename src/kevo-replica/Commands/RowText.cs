using Kevo.Replica.Terminal;

namespace Kevo.Replica.Commands;

/// <summary>How <c>get</c> and <c>scan</c> print a key and its value.</summary>
internal static class RowText
{
    /// <summary>One JSON object; an absent value is null.</summary>
    public static string Json(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, bool hexadecimal) =>
        Json(ByteText.Of(key, hexadecimal), ByteText.Of(value, hexadecimal));

    /// <summary>One JSON object; an absent value is null.</summary>
    public static string Json(byte[] key, byte[]? value, bool hexadecimal) =>
        Json(ByteText.Of(key, hexadecimal), value is null ? null : ByteText.Of(value, hexadecimal));

    private static string Json(string key, string? value) => JsonText.Of(json =>
    {
        json.WriteStartObject();
        json.WriteString("key", key);
        json.WriteString("value", value);
        json.WriteEndObject();
    });
}
