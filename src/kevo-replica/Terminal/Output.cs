using Kevo.Core;
using Microsoft.Extensions.Logging;
using Spectre.Console;

namespace Kevo.Replica.Terminal;

/// <summary>Where a command writes: results to standard output, errors and log lines to standard error.</summary>
internal sealed class Output
{
    private static readonly TimeSpan LineInterval = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan LogInterval = TimeSpan.FromSeconds(15);

    /// <summary>Results.</summary>
    public required TextWriter Out { get; init; }

    /// <summary>Errors and log lines.</summary>
    public required TextWriter Error { get; init; }

    /// <summary>A person watches <see cref="Out"/>: tables and progress bars make sense.</summary>
    public required bool IsTerminal { get; init; }

    /// <summary>A person watches <see cref="Error"/>.</summary>
    public required bool ErrorIsTerminal { get; init; }

    /// <summary>Lines for that person may have colours.</summary>
    public required bool ErrorColours { get; init; }

    /// <summary>Draws on <see cref="Out"/>; plain text when that is no terminal or colours are unwanted.</summary>
    public required IAnsiConsole Console { get; init; }

    /// <summary>
    /// Begins to show how far long work is: as a bar below what is written to <see cref="Error"/>, and where that is no
    /// terminal by a line now and then.
    /// </summary>
    public IWorkDisplay StartProgress(TimeProvider time) => StartProgress(
        time, LineInterval, progress => Error.WriteLine($"kevo-replica: {ProgressLines.Text(progress)}"));

    /// <summary>The same for a daemon, which tells its log where nothing can be drawn.</summary>
    public IWorkDisplay StartProgress(TimeProvider time, ILogger log) => StartProgress(
        time,
        LogInterval,
        progress => TerminalLog.Progress(
            log, progress.Stage, progress.Done, progress.Total > 0 ? progress.Total : null));

    private IWorkDisplay StartProgress(TimeProvider time, TimeSpan interval, Action<WorkProgress> tell) =>
        Error is StatusLine line
            ? new ProgressBar(line, ErrorColours, time)
            : new ProgressLines(tell, interval, time);

    /// <summary>The process's own streams. <c>NO_COLOR</c> turns colours off, <c>TERM=dumb</c> drawing, too.</summary>
    public static Output ForProcess()
    {
        string? noColor = Environment.GetEnvironmentVariable("NO_COLOR");
        bool drawable = Environment.GetEnvironmentVariable("TERM") is { Length: > 0 } and not "dumb";
        bool terminal = !System.Console.IsOutputRedirected && drawable;
        return Create(System.Console.Out, System.Console.Error, terminal, !System.Console.IsErrorRedirected && drawable,
            string.IsNullOrEmpty(noColor));
    }

    /// <summary>Streams of the caller's choice.</summary>
    public static Output Create(TextWriter output, TextWriter error, bool terminal, bool errorTerminal, bool colours)
    {
        var settings = new AnsiConsoleSettings
        {
            Out = new AnsiConsoleOutput(output),
            Ansi = terminal ? AnsiSupport.Yes : AnsiSupport.No,
            Interactive = terminal ? InteractionSupport.Yes : InteractionSupport.No,
            ColorSystem = terminal && colours ? ColorSystemSupport.Detect : ColorSystemSupport.NoColors,
        };
        return new Output
        {
            Out = output,
            Error = errorTerminal ? new StatusLine(error) : error,
            IsTerminal = terminal,
            ErrorIsTerminal = errorTerminal,
            ErrorColours = errorTerminal && colours,
            Console = AnsiConsole.Create(settings),
        };
    }
}
