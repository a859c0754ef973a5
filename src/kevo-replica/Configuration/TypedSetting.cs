namespace Kevo.Replica.Configuration;

/// <summary>A <see cref="Setting"/> whose value is a <typeparamref name="T"/>.</summary>
internal sealed class TypedSetting<T>(SettingParser<T> parser) : Setting
{
    /// <inheritdoc/>
    public override bool IsSwitch => typeof(T) == typeof(bool);

    /// <inheritdoc/>
    public override string? TryParse(string text, out object? value)
    {
        string? problem = parser(text, out T parsed);
        value = problem is null ? parsed : null;
        return problem;
    }
}
