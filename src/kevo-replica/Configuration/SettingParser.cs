namespace Kevo.Replica.Configuration;

/// <summary>Reads one setting's text.</summary>
/// <returns>Null, or what is wrong with the text, as the end of a sentence that begins with the text itself.</returns>
internal delegate string? SettingParser<T>(string text, out T value);
