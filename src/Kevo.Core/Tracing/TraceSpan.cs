using System.Diagnostics;
using System.Globalization;

namespace Kevo.Core.Tracing;

/// <summary>
/// A span under way, or nothing when nobody wants it: then every member does nothing and makes no garbage. One thread
/// at a time. Ending it twice is harmless.
/// </summary>
public readonly struct TraceSpan : IDisposable
{
    private readonly Activity? _activity;

    internal TraceSpan(Activity activity) => _activity = activity;

    /// <summary>Whether somebody wants it.</summary>
    public bool IsRecorded => _activity is not null;

    /// <summary>What children name as their parent.</summary>
    public ActivityContext Context => _activity?.Context ?? default;

    /// <summary>Adds an attribute.</summary>
    public TraceSpan Set(string name, string? value)
    {
        _activity?.SetTag(name, value);
        return this;
    }

    /// <summary>Adds an attribute.</summary>
    public TraceSpan Set(string name, long value)
    {
        _activity?.SetTag(name, value);
        return this;
    }

    /// <summary>Adds the position reached.</summary>
    public TraceSpan Set(LogPosition position)
    {
        _activity?.SetTag(SpanAttributes.Position, position.ToString());
        return this;
    }

    /// <summary>Ends it with the error that ended the work.</summary>
    public void Fail(Exception error)
    {
        if (_activity is null)
        {
            return;
        }

        ArgumentNullException.ThrowIfNull(error);
        string type = error is KevoException ours ? ours.Reason : error.GetType().Name;
        _activity.SetTag(SpanAttributes.ErrorType, type);
        _activity.SetStatus(ActivityStatusCode.Error, error.Message);
        Dispose();
    }

    /// <summary>
    /// The same inside the filter of a catch clause, where it sees an error pass that is not caught there.
    /// </summary>
    /// <returns>Always false.</returns>
    public bool FailAndPass(Exception error)
    {
        Fail(error);
        return false;
    }

    /// <summary>Marks it as failed with a gRPC status; it goes on.</summary>
    public void SetStatus(int code, bool isError)
    {
        if (_activity is not null)
        {
            _activity.SetTag(SpanAttributes.RpcStatus, code);
            if (isError)
            {
                _activity.SetTag(SpanAttributes.ErrorType, code.ToString(CultureInfo.InvariantCulture));
                _activity.SetStatus(ActivityStatusCode.Error);
            }
        }
    }

    /// <summary>Ends it at a moment that is over.</summary>
    public void EndAt(DateTimeOffset end)
    {
        _activity?.SetEndTime(end.UtcDateTime);
        Dispose();
    }

    /// <summary>Ends it.</summary>
    public void Dispose()
    {
        if (_activity is { IsStopped: false })
        {
            Activity? ambient = Activity.Current;
            _activity.Stop();
            Activity.Current = ambient;
        }
    }
}
