using System.Threading.Channels;
using Kevo.Measure.Limits;

namespace Kevo.Measure.Roles;

/// <summary>
/// The least that a durable receiver does with what it received: writes the bytes behind each other into a file that is
/// there, a batch at a time, and syncs each batch, on a thread of its own. One thread adds.
/// </summary>
public sealed class BareWriter : IDisposable
{
    private const int MessagesWaiting = 128;

    private readonly Channel<ReceivedBytes> _queue = Channel.CreateBounded<ReceivedBytes>(
        new BoundedChannelOptions(MessagesWaiting) { SingleReader = true, SingleWriter = true });

    private readonly StandingFile _file;
    private readonly int _batchBytes;
    private readonly Action<ulong> _durable;
    private readonly Task _task;

    /// <summary>Begins.</summary>
    /// <param name="path">A file that does not exist.</param>
    /// <param name="batchBytes">Bytes between two syncs, unless fewer wait.</param>
    /// <param name="durable">Told the last sequence that is durable, after each sync.</param>
    public BareWriter(string path, int batchBytes, Action<ulong> durable)
    {
        _file = new StandingFile(path, StandingFile.LogBytes);
        _batchBytes = batchBytes;
        _durable = durable;
        _task = Task.Factory.StartNew(Write, TaskCreationOptions.LongRunning).Unwrap();
    }

    /// <summary>Takes what was received, which is this object's from here on.</summary>
    public ValueTask AddAsync(ReceivedBytes received) => _queue.Writer.WriteAsync(received);

    /// <summary>Returns when everything is durable.</summary>
    public async Task EndAsync()
    {
        _queue.Writer.Complete();
        await _task;
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    private async Task Write()
    {
        while (await _queue.Reader.WaitToReadAsync())
        {
            int written = 0;
            ulong last = 0;
            while (written < _batchBytes && _queue.Reader.TryRead(out ReceivedBytes? next))
            {
                using ReceivedBytes received = next;
                _file.Write(received.Span);
                written += received.Span.Length;
                last = received.Last;
            }

            _file.Sync();
            _durable(last);
        }
    }
}
