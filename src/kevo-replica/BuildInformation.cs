using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Kevo.Replica;

/// <summary>What this executable was built from.</summary>
internal static class BuildInformation
{
    private static readonly string[] Parts = (typeof(BuildInformation).Assembly
        .GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "0.0.0").Split('+');

    /// <summary>The version of the product.</summary>
    public static string Version => Parts[0];

    /// <summary>The commit, or "unknown" when built outside a checkout.</summary>
    public static string Commit => Parts.Length > 1 ? Parts[1] : "unknown";

    /// <summary>The runtime, such as ".NET 10.0.0".</summary>
    public static string Runtime => RuntimeInformation.FrameworkDescription;

    /// <summary>Compiled ahead of time.</summary>
    public static bool IsNative => !RuntimeFeature.IsDynamicCodeSupported;
}
