namespace Kevo.Server.Reporting;

/// <summary>One effective setting.</summary>
/// <param name="Name">Its name, as on the command line.</param>
/// <param name="Value">Its value as text.</param>
/// <param name="Origin">Where it came from: flag, environment, file, default.</param>
/// <param name="IsSecret">True when its value is for nobody's eyes.</param>
public sealed record ConfigurationItem(string Name, string Value, string Origin, bool IsSecret = false)
{
    /// <summary>The same item as it may be shown.</summary>
    public ConfigurationItem Hidden() => IsSecret ? this with { Value = "(hidden)" } : this;
}
