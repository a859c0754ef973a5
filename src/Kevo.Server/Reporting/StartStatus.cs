using Kevo.Core;

namespace Kevo.Server.Reporting;

/// <summary>
/// What there is to say about a node before its data directory is open: how far recovery is, or why the directory
/// cannot be used. Thread-safe.
/// </summary>
public sealed class StartStatus(TimeProvider time) : IProgress<WorkProgress>
{
    /// <summary>The state of a node whose directory is being opened.</summary>
    public const string Recovering = "RECOVERING";

    /// <summary>The state of a node whose directory cannot be used.</summary>
    public const string Failing = "ERROR";

    private readonly Lock _access = new();
    private readonly DateTimeOffset _startedAt = time.GetUtcNow();
    private WorkProgress _work;
    private ErrorReport? _failure;
    private bool _over;

    /// <summary>When the node started.</summary>
    public DateTimeOffset StartedAt => _startedAt;

    /// <summary>The state until the directory is open; null from then on.</summary>
    public string? State
    {
        get
        {
            lock (_access)
            {
                return _failure is not null ? Failing : _over ? null : Recovering;
            }
        }
    }

    /// <summary>How far it is; null when nothing was reported, and when it is over.</summary>
    public WorkReport? Work
    {
        get
        {
            lock (_access)
            {
                return _over || _work.Stage is null
                    ? null
                    : new WorkReport(_work.Stage, _work.Done, _work.Total > 0 ? _work.Total : null);
            }
        }
    }

    /// <summary>Why the directory cannot be used; null as long as nothing says so.</summary>
    public ErrorReport? Failure
    {
        get
        {
            lock (_access)
            {
                return _failure;
            }
        }
    }

    /// <inheritdoc/>
    public void Report(WorkProgress value)
    {
        lock (_access)
        {
            _work = value;
        }
    }

    /// <summary>The directory cannot be used.</summary>
    public void Fail(KevoException failure)
    {
        ErrorReport report = ErrorReport.Of(failure, time.GetUtcNow());
        lock (_access)
        {
            _failure = report;
            _over = true;
        }
    }

    /// <summary>The directory is open.</summary>
    public void Complete()
    {
        lock (_access)
        {
            _over = true;
        }
    }
}
