namespace Kevo.Replica.Configuration;

/// <summary>One key of a configuration file.</summary>
/// <param name="Setting">The setting it names.</param>
/// <param name="Text">Its value as text.</param>
/// <param name="Place">File, line and key, for messages.</param>
internal sealed record SettingFileEntry(Setting Setting, string Text, string Place);
