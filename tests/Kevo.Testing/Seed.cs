namespace Kevo.Testing;

/// <summary>Seeds for random tests: fixed by default, overridden by <c>KEVO_SEED</c> to repeat or to explore.</summary>
public static class Seed
{
    /// <summary>The seed a test shall use; put it into the message of every assertion that depends on it.</summary>
    public static int For(int fixedSeed) =>
        int.TryParse(Environment.GetEnvironmentVariable("KEVO_SEED"), out int chosen) ? chosen : fixedSeed;
}
