namespace Kevo.Server.Reads;

/// <summary>A transaction a client has begun and not ended. Thread-safe.</summary>
internal abstract class OpenTransaction : IDisposable
{
    private readonly TimeSpan _life;
    private readonly long _startedAt;
    private long _lastUsedAt;

    /// <param name="id">The name the client knows it by.</param>
    /// <param name="life">How long it may live.</param>
    /// <param name="startedAt">Now, as a timestamp of the table's time provider.</param>
    protected OpenTransaction(string id, TimeSpan life, long startedAt)
    {
        Id = id;
        _life = life;
        _startedAt = startedAt;
        _lastUsedAt = startedAt;
    }

    /// <summary>The name the client knows it by.</summary>
    public string Id { get; }

    /// <summary>Says that it was used now (a timestamp of the table's time provider).</summary>
    public void Touch(long now) => Volatile.Write(ref _lastUsedAt, now);

    /// <summary>Whether it has been idle or alive for too long.</summary>
    public bool IsExpired(TimeProvider time, long now, TimeSpan idleLimit) =>
        time.GetElapsedTime(Volatile.Read(ref _lastUsedAt), now) >= idleLimit
        || time.GetElapsedTime(_startedAt, now) >= _life;

    /// <inheritdoc/>
    public abstract void Dispose();
}
