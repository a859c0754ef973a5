namespace Kevo.Replica.Configuration;

/// <summary>A setting's value in effect.</summary>
/// <param name="Text">As it was written; empty when not set.</param>
/// <param name="Value">Parsed and checked.</param>
/// <param name="Origin">Who set it.</param>
/// <param name="Place">The flag, variable or file and line, for messages; empty for a default.</param>
internal sealed record SettingValue(string Text, object? Value, SettingOrigin Origin, string Place);
