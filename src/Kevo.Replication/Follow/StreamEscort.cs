using Grpc.Core;
using Kevo.Core;
using Kevo.Core.Testing;
using Kevo.Replication.Session;

namespace Kevo.Replication.Follow;

/// <summary>
/// Follows a request with small questions that touch nothing at the primary, until it is disposed. A packet that is
/// lost while nothing follows it is sent again after 200 ms or more; if something does, the receiver's selective
/// acknowledgements make its sender repeat it within about a round trip. The questions follow what this side sends, and
/// their answers what the primary sends. Used by the loop only; disposing ends what is under way and leaves nothing
/// behind.
/// </summary>
internal sealed class StreamEscort : IAsyncDisposable
{
    /// <summary>Time between two questions.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(5);

    /// <summary>Most questions: for twice the time after which a stock primary first looks into its log.</summary>
    public const int QuestionsMax = 40;

    private readonly IPrimaryConnection _connection;
    private readonly TimeProvider _time;
    private readonly CancellationTokenSource _over = new();
    private readonly Task _task;

    /// <summary>Begins to ask.</summary>
    public StreamEscort(IPrimaryConnection connection, TimeProvider time)
    {
        _connection = connection;
        _time = time;
        _task = PlantedBugs.Has(PlantedBug.StreamNotEscorted) ? Task.CompletedTask : RunAsync();
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _over.Cancel();
        await _task;
        _over.Dispose();
    }

    private async Task RunAsync()
    {
        List<Task> questions = new(QuestionsMax);
        try
        {
            while (questions.Count < QuestionsMax)
            {
                await Task.Delay(Interval, _time, _over.Token);
                questions.Add(AskAsync());
            }
        }
        catch (OperationCanceledException) when (_over.IsCancellationRequested)
        {
            // The request was answered.
        }

        await Task.WhenAll(questions);
    }

    private async Task AskAsync()
    {
        try
        {
            _ = await _connection.ProbeAsync(_over.Token);
        }
        catch (Exception failed) when (failed is RpcException or KevoException or OperationCanceledException)
        {
            // That it was sent is all that counts; what is wrong with the connection the request meets itself.
        }
    }
}
