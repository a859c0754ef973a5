using System.Text.Json;
using Kevo.Replica.Logging;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;

namespace Kevo.Replica.Tests.Logging;

public sealed class LogWriterTests
{
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 1, 2, 3, 4, 5, 678, TimeSpan.Zero));
    private readonly StringWriter _writer = new();

    [Fact]
    public void A_text_line_has_time_level_number_and_sentence()
    {
        ILogger logger = Create(new TextLogForm(colours: false));
        logger.LogWarning(new EventId(6001, "Stopping"), "Stopping\nafter {Signal}", "SIGTERM");
        Assert.Equal("2026-01-02T03:04:05.678Z warn  6001 Stopping after SIGTERM", Lines().Single());
    }

    [Fact]
    public void A_JSON_line_is_one_object_with_the_values_under_data()
    {
        ILogger logger = Create(new JsonLogForm());
        logger.LogInformation(
            new EventId(6002, "Started"), new InvalidOperationException("why"), "At {Sequence} of {Name}", 5UL, "a\"b");
        using var line = JsonDocument.Parse(Lines().Single());
        JsonElement root = line.RootElement;
        Assert.Equal("2026-01-02T03:04:05.678Z", root.GetProperty("time").GetString());
        Assert.Equal("information", root.GetProperty("level").GetString());
        Assert.Equal(6002, root.GetProperty("event").GetInt32());
        Assert.Equal("Started", root.GetProperty("name").GetString());
        Assert.Equal("At 5 of a\"b", root.GetProperty("message").GetString());
        Assert.Equal(5UL, root.GetProperty("data").GetProperty("Sequence").GetUInt64());
        Assert.Equal("a\"b", root.GetProperty("data").GetProperty("Name").GetString());
        Assert.False(root.GetProperty("data").TryGetProperty("{OriginalFormat}", out _));
        Assert.Contains("why", root.GetProperty("error").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Lines_below_the_level_are_not_written_and_the_level_can_change()
    {
        using var writer = new LogWriter(_writer, new TextLogForm(false), LogLevel.Warning, _time);
        ILogger logger = writer.CreateLogger("test");
        logger.LogInformation(new EventId(1), "hidden");
        writer.Level = LogLevel.Information;
        logger.LogInformation(new EventId(1), "shown");
        Assert.EndsWith("shown", Lines().Single(), StringComparison.Ordinal);
    }

    [Fact]
    public void Repeats_of_an_event_are_left_out_and_counted()
    {
        ILogger logger = Create(new TextLogForm(false));
        for (int line = 0; line < RepeatLimiter.Burst + 30; line++)
        {
            logger.LogWarning(new EventId(7), "again");
        }

        logger.LogWarning(new EventId(8), "another event");
        Assert.Equal(RepeatLimiter.Burst + 1, Lines().Count);
        _time.Advance(RepeatLimiter.Window);
        logger.LogWarning(new EventId(7), "again");
        Assert.EndsWith("again (30 more like this were left out)", Lines()[^1], StringComparison.Ordinal);
    }

    [Fact]
    public void A_burst_that_ends_is_told_with_the_next_line_of_any_event()
    {
        ILogger logger = Create(new JsonLogForm());
        for (int line = 0; line < RepeatLimiter.Burst + 30; line++)
        {
            logger.LogWarning(new EventId(7), "again {Number}", line);
        }

        _time.Advance(RepeatLimiter.Window);
        logger.LogInformation(new EventId(8), "another event");
        using var told = JsonDocument.Parse(Lines()[^2]);
        Assert.Equal(7, told.RootElement.GetProperty("event").GetInt32());
        Assert.Equal(29, told.RootElement.GetProperty("suppressed").GetInt64());
        Assert.Equal("again 49", told.RootElement.GetProperty("message").GetString());
        logger.LogInformation(new EventId(8), "another event");
        Assert.Equal(RepeatLimiter.Burst + 3, Lines().Count);
    }

    [Fact]
    public void A_burst_that_lasts_to_the_end_is_told_there()
    {
        using (var writer = new LogWriter(_writer, new TextLogForm(false), LogLevel.Information, _time))
        {
            ILogger logger = writer.CreateLogger("test");
            for (int line = 0; line < RepeatLimiter.Burst + 30; line++)
            {
                logger.LogWarning(new EventId(7), "again");
            }
        }

        Assert.EndsWith("again (29 more like this were left out)", Lines()[^1], StringComparison.Ordinal);
    }

    [Fact]
    public void Errors_are_never_left_out()
    {
        ILogger logger = Create(new TextLogForm(false));
        for (int line = 0; line < RepeatLimiter.Burst * 3; line++)
        {
            logger.LogError(new EventId(9), "failed");
        }

        Assert.Equal(RepeatLimiter.Burst * 3, Lines().Count);
    }

    private ILogger Create(ILogForm form) =>
        new LogWriter(_writer, form, LogLevel.Information, _time).CreateLogger("test");

    private List<string> Lines() =>
        [.. _writer.ToString().Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries)];
}
