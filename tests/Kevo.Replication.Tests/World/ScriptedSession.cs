using Kevo.Replication.Session;
using Kevo.Wire;

namespace Kevo.Replication.Tests.World;

/// <summary>One stream of a <see cref="ScriptedPrimary"/>.</summary>
internal sealed class ScriptedSession(SessionHeaders headers) : IReplicationSession
{
    private readonly Queue<StreamMessage> _sent = new();
    private TaskCompletionSource? _waiting;
    private Exception? _fault;
    private bool _ended;

    public SessionHeaders Headers { get; } = headers;

    public List<ulong> Acknowledged { get; } = [];

    public List<ulong> NegativelyAcknowledged { get; } = [];

    /// <summary>The answer to acknowledgements; a TaskCompletionSource holds them back.</summary>
    public Func<ulong, Task<CallReply>> AnswerAcknowledgement { get; set; } =
        _ => Task.FromResult(new CallReply(true, ""));

    public Func<ulong, Task<CallReply>> AnswerNegativeAcknowledgement { get; set; } =
        _ => Task.FromResult(new CallReply(true, ""));

    public bool IsDisposed { get; private set; }

    /// <summary>Responses the replica has not asked for yet.</summary>
    public int Unread => _sent.Count;

    public void Send(StreamMessage message)
    {
        _sent.Enqueue(message);
        Wake();
    }

    public void End()
    {
        _ended = true;
        Wake();
    }

    public void Fail(Exception fault)
    {
        _fault = fault;
        Wake();
    }

    public async ValueTask<StreamMessage?> ReceiveAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (_sent.TryDequeue(out StreamMessage? message))
            {
                return message;
            }

            if (_fault is not null)
            {
                throw _fault;
            }

            if (_ended)
            {
                return null;
            }

            _waiting = new TaskCompletionSource();
            await _waiting.Task.WaitAsync(cancellationToken);
        }
    }

    public async ValueTask<CallReply> AcknowledgeAsync(ulong sequence, CancellationToken cancellationToken)
    {
        Acknowledged.Add(sequence);
        return await AnswerAcknowledgement(sequence).WaitAsync(cancellationToken);
    }

    public async ValueTask<CallReply> NegativeAcknowledgeAsync(ulong sequence, CancellationToken cancellationToken)
    {
        NegativelyAcknowledged.Add(sequence);
        return await AnswerNegativeAcknowledgement(sequence).WaitAsync(cancellationToken);
    }

    public bool IsReceiving { get; set; }

    /// <summary>Called with each fence; what it returns is waited for.</summary>
    public Func<Task> Fenced { get; set; } = () => Task.CompletedTask;

    public async ValueTask FenceAsync(CancellationToken cancellationToken) =>
        await Fenced().WaitAsync(cancellationToken);

    public ValueTask DisposeAsync()
    {
        IsDisposed = true;
        while (_sent.TryDequeue(out StreamMessage? message))
        {
            message.Dispose();
        }

        return ValueTask.CompletedTask;
    }

    private void Wake()
    {
        TaskCompletionSource? waiting = _waiting;
        _waiting = null;
        waiting?.SetResult();
    }
}
