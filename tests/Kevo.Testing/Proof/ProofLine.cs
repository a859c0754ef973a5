using System.Globalization;

namespace Kevo.Testing.Proof;

/// <summary>
/// Tells what a proof went through, in one line: a file under <c>artifacts/proof</c> (or the directory that
/// <c>KEVO_PROOF</c> names) that CI prints at its end.
/// </summary>
public static class ProofLine
{
    /// <summary>Writes the line of a proof in place of the one of an earlier run.</summary>
    /// <param name="proof">The proof's name; also the file's.</param>
    /// <param name="counts">What was counted, and how often.</param>
    public static void Write(string proof, params ReadOnlySpan<(string What, long Count)> counts)
    {
        string directory = Environment.GetEnvironmentVariable("KEVO_PROOF")
            ?? Path.Combine(Repository.Root, "artifacts", "proof");
        var parts = new List<string>();
        foreach ((string what, long count) in counts)
        {
            parts.Add(string.Create(CultureInfo.InvariantCulture, $"{count:N0} {what}"));
        }

        Directory.CreateDirectory(directory);
        File.WriteAllText(
            Path.Combine(directory, proof.Replace(' ', '-') + ".txt"),
            $"{proof,-24} {string.Join(", ", parts)}\n");
    }
}
