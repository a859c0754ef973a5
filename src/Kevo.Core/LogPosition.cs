using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Kevo.Core;

/// <summary>
/// A place in a replicated history: the epoch (one unbroken history of one primary) and the sequence number within it.
/// Kevo's own sequence numbers restart, so a bare number is not a place; this pair is. Ordered by epoch, then sequence.
/// </summary>
/// <param name="Epoch">Counts from 1; raised only by a resynchronisation. 0 means "no history yet".</param>
/// <param name="Sequence">
/// The transaction's number, from 1; 0 means "before the first transaction of the epoch".
/// </param>
public readonly record struct LogPosition(ulong Epoch, ulong Sequence) : IComparable<LogPosition>
{
    /// <summary>Before any history.</summary>
    public static LogPosition None => default;

    /// <summary>The place of the next transaction in the same epoch.</summary>
    /// <exception cref="OverflowException">The sequence is the last number there is.</exception>
    public LogPosition Next => new(Epoch, checked(Sequence + 1));

    /// <inheritdoc/>
    public int CompareTo(LogPosition other)
    {
        int byEpoch = Epoch.CompareTo(other.Epoch);
        return byEpoch != 0 ? byEpoch : Sequence.CompareTo(other.Sequence);
    }

    /// <summary>True when <paramref name="left"/> comes before <paramref name="right"/>.</summary>
    public static bool operator <(LogPosition left, LogPosition right) => left.CompareTo(right) < 0;

    /// <summary>True when <paramref name="left"/> comes after <paramref name="right"/>.</summary>
    public static bool operator >(LogPosition left, LogPosition right) => left.CompareTo(right) > 0;

    /// <summary>True when <paramref name="left"/> does not come after <paramref name="right"/>.</summary>
    public static bool operator <=(LogPosition left, LogPosition right) => left.CompareTo(right) <= 0;

    /// <summary>True when <paramref name="left"/> does not come before <paramref name="right"/>.</summary>
    public static bool operator >=(LogPosition left, LogPosition right) => left.CompareTo(right) >= 0;

    /// <summary>Reads the form that <see cref="ToString"/> writes: <c>EPOCH:SEQUENCE</c>, both decimal.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out LogPosition position)
    {
        position = default;
        int colon = text?.IndexOf(':', StringComparison.Ordinal) ?? -1;
        if (colon <= 0
            || !ulong.TryParse(text.AsSpan(0, colon), NumberStyles.None, CultureInfo.InvariantCulture, out ulong epoch)
            || !ulong.TryParse(
                text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out ulong sequence))
        {
            return false;
        }

        position = new LogPosition(epoch, sequence);
        return true;
    }

    /// <summary><c>EPOCH:SEQUENCE</c>, both decimal.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Epoch}:{Sequence}");
}
