namespace Kevo.Core.Testing;

/// <summary>
/// Asks whether a <see cref="PlantedBug"/> is in. Only builds with the symbol <c>PLANTED_BUGS</c> can have any: those
/// for the tests. In all others the answer is the constant false, and the compiler leaves the bug's code out.
/// </summary>
public static class PlantedBugs
{
#if PLANTED_BUGS
    private static readonly AsyncLocal<PlantedBug> Planted = new();

    // So that code without a bug does not pay for the lookup.
    private static int s_count;

    /// <summary>Whether builds like this one can have a bug.</summary>
    public static bool CanBePlanted => true;

    /// <summary>Whether the bug is in, for the current flow of control and what it starts.</summary>
    public static bool Has(PlantedBug bug) => Volatile.Read(ref s_count) > 0 && Planted.Value == bug;

    /// <summary>Puts a bug in until the returned object is disposed, for the current flow of control.</summary>
    public static IDisposable Plant(PlantedBug bug)
    {
        Interlocked.Increment(ref s_count);
        Planted.Value = bug;
        return new Removal();
    }

    private sealed class Removal : IDisposable
    {
        public void Dispose()
        {
            Planted.Value = PlantedBug.None;
            Interlocked.Decrement(ref s_count);
        }
    }
#else
    /// <summary>Whether builds like this one can have a bug.</summary>
    public static bool CanBePlanted => false;

    /// <summary>Whether the bug is in: never.</summary>
    public static bool Has(PlantedBug bug) => false;

    /// <summary>Not to be had in builds like this one.</summary>
    /// <exception cref="InvalidOperationException">Always; see <see cref="CanBePlanted"/>.</exception>
    public static IDisposable Plant(PlantedBug bug) =>
        throw new InvalidOperationException($"{bug} cannot be planted in this build.");
#endif
}
