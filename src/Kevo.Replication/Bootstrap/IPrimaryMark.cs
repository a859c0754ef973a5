namespace Kevo.Replication.Bootstrap;

/// <summary>
/// Remembers over restarts which number of a stock primary the content held stands for: a primary that is behind it
/// later has lost history, or is another one. Used by one replica's loop.
/// </summary>
public interface IPrimaryMark
{
    /// <summary>The number; 0 when it is not known.</summary>
    /// <exception cref="Core.StorageException">It cannot be read.</exception>
    ulong Read();

    /// <summary>Replaces the number, durably. Never more than what is durable in the store.</summary>
    /// <exception cref="Core.StorageException">It cannot be written.</exception>
    void Write(ulong number);
}
