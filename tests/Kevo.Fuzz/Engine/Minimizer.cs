namespace Kevo.Fuzz.Engine;

/// <summary>Takes away from an input whatever the fault does not need.</summary>
internal sealed class Minimizer(Func<byte[], bool> stillFails)
{
    private const int MostAttempts = 2000;

    private int _attempts;

    /// <summary>
    /// The smallest input found that still fails; the same one when it fails no more (a fault of memory).
    /// </summary>
    public byte[] Minimize(byte[] input)
    {
        byte[] best = input;
        for (int stretch = Math.Max(1, best.Length / 2); stretch > 0; stretch /= 2)
        {
            for (int at = 0; at < best.Length && _attempts < MostAttempts;)
            {
                byte[] shorter = [.. best[..at], .. best[Math.Min(best.Length, at + stretch)..]];
                if (Fails(shorter))
                {
                    best = shorter;
                }
                else
                {
                    at += stretch;
                }
            }
        }

        return best;
    }

    private bool Fails(byte[] bytes)
    {
        _attempts++;
        return stillFails(bytes);
    }
}
