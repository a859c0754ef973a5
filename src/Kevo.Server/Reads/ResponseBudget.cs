namespace Kevo.Server.Reads;

/// <summary>
/// Bounds the memory that large values take on their way to clients: whoever sends one waits for its bytes first, in
/// order. Small values are not counted; streams and connections bound them. Thread-safe.
/// </summary>
internal sealed class ResponseBudget(long capacity)
{
    /// <summary>Values up to this length (64 KiB) are sent without asking.</summary>
    public const int SmallLength = 64 << 10;

    private readonly Lock _access = new();
    private readonly LinkedList<Request> _waiting = new();
    private long _taken;

    /// <summary>Bytes taken now.</summary>
    public long Taken => Interlocked.Read(ref _taken);

    /// <summary>Completes when that many bytes are this caller's; give them back with <see cref="Release"/>.</summary>
    public async ValueTask AcquireAsync(int bytes, CancellationToken cancellationToken)
    {
        Request request = new(bytes);
        lock (_access)
        {
            if (_waiting.Count == 0 && Fits(bytes))
            {
                _taken += bytes;
                return;
            }

            _waiting.AddLast(request);
        }

        using (cancellationToken.UnsafeRegister(static state => ((Request)state!).Granted.TrySetCanceled(), request))
        {
            try
            {
                await request.Granted.Task;
            }
            catch (OperationCanceledException)
            {
                lock (_access)
                {
                    _waiting.Remove(request);
                    GrantNext();
                }

                throw new OperationCanceledException(cancellationToken);
            }
        }
    }

    /// <summary>Gives bytes back.</summary>
    public void Release(int bytes)
    {
        lock (_access)
        {
            _taken -= bytes;
            GrantNext();
        }
    }

    /// <summary>One value larger than everything there is goes when nothing else is on its way.</summary>
    private bool Fits(int bytes) => _taken == 0 || _taken + bytes <= capacity;

    private void GrantNext()
    {
        while (_waiting.First?.Value is Request next && Fits(next.Bytes))
        {
            _waiting.RemoveFirst();
            if (next.Granted.TrySetResult())
            {
                _taken += next.Bytes;
            }
        }
    }

    private sealed class Request(int bytes)
    {
        public int Bytes { get; } = bytes;

        public TaskCompletionSource Granted { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
