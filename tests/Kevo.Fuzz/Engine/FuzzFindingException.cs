namespace Kevo.Fuzz.Engine;

/// <summary>A target did something it must never do, without any other exception that would show it.</summary>
public sealed class FuzzFindingException(string message) : Exception(message)
{
    /// <summary>Throws when <paramref name="holds"/> is false.</summary>
    public static void Unless(bool holds, string message)
    {
        if (!holds)
        {
            throw new FuzzFindingException(message);
        }
    }
}
