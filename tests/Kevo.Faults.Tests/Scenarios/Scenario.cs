using Kevo.Platform;
using Kevo.Testing.Disk;
using Microsoft.Extensions.Time.Testing;

namespace Kevo.Faults.Tests.Scenarios;

/// <summary>
/// A stretch of the product's life on a simulated disk, made from a seed, with a model of what must be left of it. One
/// object serves one life.
/// </summary>
internal abstract class Scenario
{
    /// <summary>
    /// A clock that stands still: how much background work a writer helps with would depend on the machine otherwise.
    /// </summary>
    protected static TimeProvider Clock { get; } = new FakeTimeProvider();

    /// <summary>What the part of the product is called in messages and tables.</summary>
    public abstract string Name { get; }

    /// <summary>
    /// Lives. Errors that come from the disk come out, or are survived as the product's owner would; the model knows at
    /// any moment what must survive.
    /// </summary>
    /// <param name="raw">The disk itself, for what others write on it.</param>
    /// <param name="disk">The disk as the product sees it: calls may fail or be the last.</param>
    public abstract void Live(SimulatedFileSystem raw, FaultInjectingFileSystem disk);

    /// <summary>
    /// Starts again on what is left, compares it with the model, goes on for a while, and takes what it found as what
    /// must survive from then on.
    /// </summary>
    /// <param name="disk">The disk, sound again.</param>
    /// <param name="where">Says in messages how it came to this.</param>
    public abstract void Recover(IFileSystem disk, string where);

    /// <summary>Fails the test.</summary>
    protected static void Require(bool holds, string message)
    {
        if (!holds)
        {
            throw new ProofFailedException(message);
        }
    }
}
