using Kevo.Core;

namespace Kevo.Replication.Sequencing;

/// <summary>Walks the entries of one transaction this node holds, in the order in which they were applied.</summary>
public interface IHeldTransaction : IDisposable
{
    /// <summary>Reads the next entry; false at the end. The entry is valid until the next read.</summary>
    bool TryReadEntry(out WalEntry entry);
}
