using System.Threading.Channels;
using Kevo.Wire;
using Microsoft.Win32.SafeHandles;

namespace Kevo.Measure.Roles;

/// <summary>
/// The least that a durable receiver does with what it received: writes the bytes behind each other into one file whose
/// space is there, a batch at a time, and syncs each batch, on a thread of its own. One thread adds.
/// </summary>
public sealed class BareWriter : IDisposable
{
    private const int MessagesWaiting = 128;

    private readonly Channel<(StreamMessage Message, ulong Last)> _queue =
        Channel.CreateBounded<(StreamMessage, ulong)>(
            new BoundedChannelOptions(MessagesWaiting) { SingleReader = true, SingleWriter = true });

    private readonly SafeFileHandle _file;
    private readonly int _batchBytes;
    private readonly Action<ulong> _durable;
    private readonly Task _task;

    /// <summary>Begins.</summary>
    /// <param name="path">A file that does not exist.</param>
    /// <param name="bytes">As many as will come, at most.</param>
    /// <param name="batchBytes">Bytes between two syncs, unless fewer wait.</param>
    /// <param name="durable">Told the last sequence that is durable, after each sync.</param>
    public BareWriter(string path, long bytes, int batchBytes, Action<ulong> durable)
    {
        _file = File.OpenHandle(path, FileMode.CreateNew, FileAccess.Write, preallocationSize: bytes);
        _batchBytes = batchBytes;
        _durable = durable;
        _task = Task.Factory.StartNew(Write, TaskCreationOptions.LongRunning).Unwrap();
    }

    /// <summary>Takes a message, which is this object's from here on.</summary>
    public ValueTask AddAsync(StreamMessage message, ulong last) => _queue.Writer.WriteAsync((message, last));

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
        long at = 0;
        while (await _queue.Reader.WaitToReadAsync())
        {
            long start = at;
            ulong last = 0;
            while (at - start < _batchBytes && _queue.Reader.TryRead(out (StreamMessage Message, ulong Last) next))
            {
                using StreamMessage message = next.Message;
                RandomAccess.Write(_file, message.Span, at);
                at += message.Length;
                last = next.Last;
            }

            RandomAccess.FlushToDisk(_file);
            _durable(last);
        }
    }
}
