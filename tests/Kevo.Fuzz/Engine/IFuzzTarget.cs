namespace Kevo.Fuzz.Engine;

/// <summary>
/// A piece of the product that must cope with any bytes. One thread; the same input must always do the same.
/// </summary>
public interface IFuzzTarget
{
    /// <summary>
    /// Short name in lower case with dashes: on the command line, and folder of its regression inputs.
    /// </summary>
    string Name { get; }

    /// <summary>The most bytes one input may allocate on the managed heap (default 32 MiB).</summary>
    long MaxAllocatedBytes => 32L << 20;

    /// <summary>This target's share of a run over all targets, less where an input takes long.</summary>
    double Weight => 1;

    /// <summary>
    /// A new input with the structure of real ones: mostly valid, wrong in places that random bytes would never reach.
    /// </summary>
    byte[] Generate(Random random);

    /// <summary>
    /// Feeds one input. The errors that the piece is documented to raise are caught here; whatever leaves this method
    /// is a finding, <see cref="FuzzFindingException"/> being the one for "it accepted what it must not accept".
    /// </summary>
    /// <returns>
    /// What kind of thing happened, made with <see cref="Signature"/>: inputs that show a new kind are kept and mutated
    /// further.
    /// </returns>
    ulong Run(ReadOnlySpan<byte> input);
}
