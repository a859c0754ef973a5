using System.Globalization;
using Kevo.Core;

namespace Kevo.Replica.Terminal;

/// <summary>
/// Tells how far long work is where nothing can be drawn: a line now and then. Short work says nothing. Thread-safe.
/// </summary>
/// <param name="tell">Takes a line; called on the thread that reports.</param>
/// <param name="interval">Time between two lines, and from the beginning to the first.</param>
/// <param name="time">The clock.</param>
internal sealed class ProgressLines(Action<WorkProgress> tell, TimeSpan interval, TimeProvider time) : IWorkDisplay
{
    private readonly Lock _gate = new();
    private long _spokeAt = time.GetTimestamp();

    /// <inheritdoc/>
    public bool IsDrawn => false;

    /// <inheritdoc/>
    public void Report(WorkProgress value)
    {
        if (time.GetElapsedTime(Volatile.Read(ref _spokeAt)) < interval)
        {
            return;
        }

        lock (_gate)
        {
            if (time.GetElapsedTime(_spokeAt) >= interval)
            {
                Volatile.Write(ref _spokeAt, time.GetTimestamp());
                tell(value);
            }
        }
    }

    /// <inheritdoc/>
    public void Hide() => Volatile.Write(ref _spokeAt, time.GetTimestamp());

    /// <inheritdoc/>
    public void Dispose()
    {
    }

    /// <summary>The line: stage, share and numbers; the number alone when the total is not known.</summary>
    internal static string Text(WorkProgress progress) => progress.Total <= 0
        ? string.Create(CultureInfo.InvariantCulture, $"{progress.Stage}: {progress.Done}")
        : string.Create(
            CultureInfo.InvariantCulture,
            $"{progress.Stage}: {Percent(progress)} % ({progress.Done} of {progress.Total})");

    /// <summary>The share that is done, in whole hundredths.</summary>
    internal static int Percent(WorkProgress progress) =>
        (int)Math.Floor(Math.Clamp((double)progress.Done / progress.Total, 0, 1) * 100);
}
