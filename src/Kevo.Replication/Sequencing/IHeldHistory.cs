using System.Diagnostics.CodeAnalysis;
using Kevo.Core;

namespace Kevo.Replication.Sequencing;

/// <summary>
/// The history this node holds, as far as needed to compare it with the primary's: the entries of one transaction, byte
/// for byte as they were applied. Called by the loop only.
/// </summary>
public interface IHeldHistory
{
    /// <summary>
    /// Opens the transaction at <paramref name="position"/>; the caller disposes it. False when its bytes are no longer
    /// at hand (deleted by retention, or taken over by a snapshot); then it cannot be compared.
    /// </summary>
    /// <exception cref="StorageException">The bytes are there but fail their checksum.</exception>
    bool TryOpen(LogPosition position, [NotNullWhen(true)] out IHeldTransaction? transaction);
}
