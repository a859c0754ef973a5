using Kevo.Core;
using Kevo.Replica.Terminal;
using Microsoft.Extensions.Time.Testing;

namespace Kevo.Replica.Tests.Terminal;

public sealed class ProgressBarTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly StringWriter _terminal = new();

    [Fact]
    public void Long_work_is_drawn_at_intervals_and_taken_away_at_its_end()
    {
        using var line = new StatusLine(_terminal);
        using (var bar = new ProgressBar(line, colours: false, _time))
        {
            bar.Report(new WorkProgress("reading the log", 1, 4));
            Assert.Empty(_terminal.ToString());
            _time.Advance(TimeSpan.FromMilliseconds(300));
            bar.Report(new WorkProgress("reading the log", 2, 4));
            bar.Report(new WorkProgress("reading the log", 3, 4));
        }

        string bars = $"reading the log            [{new string('#', 15)}{new string('-', 15)}]  50%";
        Assert.Equal($"\r\e[K{bars}\r\e[K", _terminal.ToString());
    }

    [Fact]
    public void Lines_go_above_the_bar()
    {
        using var line = new StatusLine(_terminal);
        line.Show("bar");
        line.WriteLine("line");
        Assert.Equal($"\r\e[Kbar\r\e[Kline{_terminal.NewLine}bar", _terminal.ToString());
    }

    [Fact]
    public void Without_a_total_the_number_is_shown_and_without_colours_no_escape()
    {
        var unknown = new WorkProgress("snapshot, keys read", 1234, 0);
        Assert.Equal("snapshot, keys read        1234", ProgressBar.Text(unknown, colours: true));
        var half = new WorkProgress("reading the log", 1, 2);
        Assert.DoesNotContain('\e', ProgressBar.Text(half, colours: false));
        Assert.Contains("\e[32m", ProgressBar.Text(half, colours: true), StringComparison.Ordinal);
    }

    [Fact]
    public void Without_a_terminal_long_work_says_a_line_now_and_then()
    {
        Output piped = Output.Create(_terminal, _terminal, true, errorTerminal: false, true);
        using IWorkDisplay lines = piped.StartProgress(_time);
        Assert.False(lines.IsDrawn);
        lines.Report(new WorkProgress("reading the log", 1, 4));
        Assert.Empty(_terminal.ToString());
        _time.Advance(TimeSpan.FromSeconds(2));
        lines.Report(new WorkProgress("reading the log", 2, 4));
        lines.Report(new WorkProgress("reading the log", 3, 4));
        _time.Advance(TimeSpan.FromSeconds(2));
        lines.Report(new WorkProgress("snapshot, keys read", 7, 0));
        Assert.Equal(
            ["kevo-replica: reading the log: 50 % (2 of 4)", "kevo-replica: snapshot, keys read: 7"],
            _terminal.ToString().Split(_terminal.NewLine, StringSplitOptions.RemoveEmptyEntries));
    }

    [Fact]
    public void A_person_who_watches_sees_a_bar()
    {
        Output watched = Output.Create(_terminal, _terminal, true, errorTerminal: true, colours: false);
        using IWorkDisplay bar = watched.StartProgress(_time);
        Assert.IsType<ProgressBar>(bar);
    }
}
