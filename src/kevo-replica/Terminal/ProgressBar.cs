using System.Globalization;
using Kevo.Core;

namespace Kevo.Replica.Terminal;

/// <summary>
/// Shows a person how far long work is, on the line at the bottom of a terminal. Short work shows nothing. Thread-safe;
/// disposing it takes the line away.
/// </summary>
internal sealed class ProgressBar : IWorkDisplay
{
    private const int Cells = 30;
    private const int StageWidth = 26;
    private static readonly TimeSpan FirstAfter = TimeSpan.FromMilliseconds(300);
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(100);

    private readonly StatusLine _line;
    private readonly bool _colours;
    private readonly TimeProvider _time;
    private readonly Lock _gate = new();
    private long _notBefore;
    private bool _ended;

    /// <summary>Begins the work; nothing is drawn yet.</summary>
    public ProgressBar(StatusLine line, bool colours, TimeProvider time)
    {
        _line = line;
        _colours = colours;
        _time = time;
        _notBefore = time.GetTimestamp() + Ticks(FirstAfter);
    }

    /// <inheritdoc/>
    public bool IsDrawn => true;

    /// <inheritdoc/>
    public void Report(WorkProgress value)
    {
        long now = _time.GetTimestamp();
        if (now < Volatile.Read(ref _notBefore))
        {
            return;
        }

        lock (_gate)
        {
            if (!_ended)
            {
                _notBefore = now + Ticks(Interval);
                _line.Show(Text(value, _colours));
            }
        }
    }

    /// <inheritdoc/>
    public void Hide() => _line.Show("");

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_gate)
        {
            _ended = true;
            _line.Show("");
        }
    }

    /// <summary>The line: stage, bar and share; the number alone when the total is not known.</summary>
    internal static string Text(WorkProgress progress, bool colours)
    {
        string stage = progress.Stage.PadRight(StageWidth);
        if (progress.Total <= 0)
        {
            return string.Create(CultureInfo.InvariantCulture, $"{stage} {progress.Done}");
        }

        double share = Math.Clamp((double)progress.Done / progress.Total, 0, 1);
        int filled = (int)(share * Cells);
        string done = new('#', filled);
        string open = new('-', Cells - filled);
        string bar = colours ? $"\e[32m{done}\e[90m{open}\e[0m" : done + open;
        return string.Create(CultureInfo.InvariantCulture, $"{stage} [{bar}] {Math.Floor(share * 100),3}%");
    }

    private long Ticks(TimeSpan time) => (long)(time.TotalSeconds * _time.TimestampFrequency);
}
