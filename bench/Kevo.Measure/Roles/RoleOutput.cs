using System.Globalization;

namespace Kevo.Measure.Roles;

/// <summary>How a role tells its parent what it measured.</summary>
public static class RoleOutput
{
    /// <summary>Says <c>NAME VALUE</c>.</summary>
    public static void Say(string name, string value)
    {
        Console.Out.WriteLine($"{name} {value}");
        Console.Out.Flush();
    }

    /// <summary>Says <c>NAME VALUE</c> for a number.</summary>
    public static void Say(string name, double value) => Say(name, value.ToString("R", CultureInfo.InvariantCulture));
}
