using System.Text;
using System.Text.Json;
using Kevo.Core;

namespace Kevo.Replica.Configuration;

/// <summary>
/// Reads a configuration file: one JSON object of texts, numbers and truth values; comments are allowed.
/// </summary>
internal static class SettingFile
{
    private const int MaxLength = 1 << 20;

    /// <summary>Reads the file whole.</summary>
    /// <exception cref="ConfigurationException">
    /// It is unreadable, not such an object, or has an unknown or repeated key.
    /// </exception>
    public static IReadOnlyList<SettingFileEntry> Read(string path)
    {
        byte[] bytes;
        try
        {
            var file = new FileInfo(path);
            if (file.Exists && file.Length > MaxLength)
            {
                throw new ConfigurationException(
                    $"{path}: a configuration file may have {MaxLength} bytes, not {file.Length}.");
            }

            bytes = File.ReadAllBytes(path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new ConfigurationException($"Cannot read the configuration file {path}: {error.Message}", error);
        }

        return Parse(path, bytes);
    }

    /// <summary>Reads the content of a file; <paramref name="path"/> is for messages.</summary>
    /// <exception cref="ConfigurationException">As for <see cref="Read"/>.</exception>
    public static IReadOnlyList<SettingFileEntry> Parse(string path, ReadOnlySpan<byte> content)
    {
        if (content.StartsWith(Encoding.UTF8.Preamble))
        {
            content = content[Encoding.UTF8.Preamble.Length..];
        }

        var entries = new List<SettingFileEntry>();
        var options = new JsonReaderOptions { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true };
        var reader = new Utf8JsonReader(content, options);
        try
        {
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
            {
                throw new ConfigurationException(
                    $"{path}: the file must hold one JSON object, such as {{ \"primary\": \"localhost:50052\" }}.");
            }

            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                string key = reader.GetString()!;
                string place = $"{path}, line {LineOf(content, reader.TokenStartIndex)}";
                Setting setting = Find(key, place);
                if (entries.Any(entry => entry.Setting == setting))
                {
                    throw new ConfigurationException($"{place}: \"{key}\" is there twice; keep one.");
                }

                reader.Read();
                entries.Add(new SettingFileEntry(setting, ReadText(ref reader, key, place), $"{place}: {key}"));
            }

            // Anything after the object makes this throw.
            reader.Read();
        }
        catch (JsonException error)
        {
            throw new ConfigurationException(
                $"{path}, line {(error.LineNumber ?? 0) + 1}: not valid JSON: {FirstSentence(error.Message)}", error);
        }

        return entries;
    }

    private static Setting Find(string key, string place)
    {
        Setting? setting = SettingTable.Persistent.FirstOrDefault(known => known.Name == key);
        if (setting is null || setting == OutputSettings.Config)
        {
            throw new ConfigurationException(
                $"{place}: unknown key \"{key}\""
                + NearestName.Hint(key, SettingTable.Persistent.Select(known => known.Name), "\"")
                + " \"kevo-replica config\" lists all keys.");
        }

        return setting;
    }

    private static string ReadText(ref Utf8JsonReader reader, string key, string place) => reader.TokenType switch
    {
        JsonTokenType.String => reader.GetString()!,
        JsonTokenType.Number => Encoding.UTF8.GetString(reader.ValueSpan),
        JsonTokenType.True => "true",
        JsonTokenType.False => "false",
        _ => throw new ConfigurationException($"{place}: \"{key}\" must be a text, a number, true or false."),
    };

    private static long LineOf(ReadOnlySpan<byte> content, long offset) => content[..(int)offset].Count((byte)'\n') + 1;

    private static string FirstSentence(string message)
    {
        int end = message.IndexOf(". ", StringComparison.Ordinal);
        return end < 0 ? message : message[..(end + 1)];
    }
}
