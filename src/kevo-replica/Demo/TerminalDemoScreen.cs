using System.Globalization;
using Spectre.Console;

namespace Kevo.Replica.Demo;

/// <summary>Progress bars with the events above them, for people.</summary>
internal sealed class TerminalDemoScreen : IDemoScreen
{
    private readonly IAnsiConsole _console;
    private readonly ProgressTask _time;
    private readonly ProgressTask _replica;

    private TerminalDemoScreen(IAnsiConsole console, ProgressContext context)
    {
        _console = console;
        _time = context.AddTask("workload", maxValue: 1);
        _replica = context.AddTask("replica", maxValue: 1);
    }

    /// <summary>Draws while <paramref name="work"/> runs.</summary>
    public static Task<T> RunAsync<T>(IAnsiConsole console, Func<IDemoScreen, Task<T>> work) =>
        console.Progress()
            .AutoClear(true)
            .Columns(new TaskDescriptionColumn { Alignment =
                Justify.Left }, new ProgressBarColumn(), new PercentageColumn())
            .StartAsync(context => work(new TerminalDemoScreen(console, context)));

    /// <inheritdoc/>
    public void Tell(string line) => _console.WriteLine(line);

    /// <inheritdoc/>
    public void Show(DemoFigures figures)
    {
        _time.Value = Math.Min(1, figures.Elapsed / figures.Duration);
        _time.Description = string.Create(
            CultureInfo.InvariantCulture,
            $"workload  {figures.Written} sequences, {figures.EntriesPerSecond:F0} entries/s");
        _replica.MaxValue = Math.Max(1, figures.Written);
        _replica.Value = figures.Acknowledged;
        _replica.Description = string.Create(
            CultureInfo.InvariantCulture,
            $"replica   {figures.Acknowledged} durable and acknowledged");
    }
}
