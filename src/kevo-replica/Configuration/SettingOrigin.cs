namespace Kevo.Replica.Configuration;

/// <summary>Where a value came from; the first of these that has one wins.</summary>
internal enum SettingOrigin
{
    /// <summary>A flag on the command line.</summary>
    Flag,

    /// <summary>An environment variable.</summary>
    Environment,

    /// <summary>The configuration file.</summary>
    File,

    /// <summary>Nobody set it.</summary>
    Default,
}
