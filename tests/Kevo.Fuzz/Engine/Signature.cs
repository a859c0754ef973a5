using System.Numerics;

namespace Kevo.Fuzz.Engine;

/// <summary>
/// Condenses what an input led to into one number. It stands in for code coverage: two inputs with different signatures
/// went different ways. Numbers go in by their magnitude only, or every length would be a novelty.
/// </summary>
public struct Signature
{
    private const ulong Prime = 1099511628211;

    private ulong _value;

    /// <summary>An empty one.</summary>
    public Signature() => _value = 14695981039346656037;

    /// <summary>The number so far.</summary>
    public readonly ulong Value => _value;

    /// <summary>Adds a choice among few.</summary>
    public void Add(int choice) => _value = (_value ^ (uint)choice) * Prime;

    /// <summary>Adds the magnitude of a count or length.</summary>
    public void AddMagnitude(ulong number) => Add(number == 0 ? 0 : 1 + BitOperations.Log2(number));

    /// <summary>
    /// Adds an error: its type, and its message up to the first quote and without digits, so that the reason counts and
    /// not the place or the value.
    /// </summary>
    public void Add(Exception error)
    {
        Add(error.GetType().Name);
        Add(error.Message.AsSpan(0, (error.Message + "'").IndexOf('\'', StringComparison.Ordinal)));
    }

    private void Add(ReadOnlySpan<char> text)
    {
        foreach (char c in text)
        {
            if (!char.IsAsciiHexDigit(c))
            {
                Add((int)c);
            }
        }
    }
}
