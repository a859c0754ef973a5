using System.Globalization;

namespace Kevo.Replica.Demo;

/// <summary>Lines, one each second, for logs and pipes.</summary>
internal sealed class PlainDemoScreen(TextWriter writer) : IDemoScreen
{
    private readonly Lock _gate = new();
    private long _shownSecond;

    /// <inheritdoc/>
    public void Tell(string line)
    {
        lock (_gate)
        {
            writer.WriteLine(line);
            writer.Flush();
        }
    }

    /// <inheritdoc/>
    public void Show(DemoFigures figures)
    {
        long second = (long)figures.Elapsed.TotalSeconds;
        if (second > _shownSecond)
        {
            _shownSecond = second;
            Tell(string.Create(
                CultureInfo.InvariantCulture,
                $"{second,3} s  primary at {figures.Written}, replica at {figures.Acknowledged}, "
                + $"{figures.EntriesPerSecond:F0} entries/s"));
        }
    }
}
