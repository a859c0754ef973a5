using Kevo.Replica.Configuration;

namespace Kevo.Replica.Tests.Configuration;

public sealed class SettingParsersTests
{
    private static readonly SettingParser<TimeSpan> AnyDuration =
        SettingParsers.Duration(TimeSpan.Zero, TimeSpan.FromDays(1));

    private static readonly SettingParser<long> AnySize = SettingParsers.Size(0, long.MaxValue);

    [Theory]
    [InlineData("200ms", 200)]
    [InlineData("5s", 5_000)]
    [InlineData("1.5s", 1_500)]
    [InlineData("2m", 120_000)]
    [InlineData("1h", 3_600_000)]
    [InlineData("1d", 86_400_000)]
    [InlineData("0", 0)]
    public void A_duration_has_a_number_and_a_unit(string text, double milliseconds)
    {
        Assert.Null(AnyDuration(text, out TimeSpan value));
        Assert.Equal(milliseconds, value.TotalMilliseconds);
    }

    [Theory]
    [InlineData("5")]
    [InlineData("")]
    [InlineData("s")]
    [InlineData("-5s")]
    [InlineData("5 s")]
    [InlineData("1,5s")]
    [InlineData("99999999999999999999999999d")]
    public void Another_text_is_no_duration(string text) =>
        Assert.StartsWith("is not a duration", AnyDuration(text, out _), StringComparison.Ordinal);

    [Fact]
    public void A_duration_outside_its_range_says_the_range() =>
        Assert.Equal("is outside 0 to 1d", AnyDuration("25h", out _));

    [Theory]
    [InlineData("512", 512)]
    [InlineData("512B", 512)]
    [InlineData("64KiB", 65_536)]
    [InlineData("64MiB", 67_108_864)]
    [InlineData("0.5GiB", 536_870_912)]
    public void A_size_has_a_number_and_a_binary_unit(string text, long bytes)
    {
        Assert.Null(AnySize(text, out long value));
        Assert.Equal(bytes, value);
    }

    [Theory]
    [InlineData("64MB")]
    [InlineData("-1")]
    [InlineData("MiB")]
    [InlineData("1e3")]
    public void Another_text_is_no_size(string text) =>
        Assert.StartsWith("is not a size", AnySize(text, out _), StringComparison.Ordinal);

    [Theory]
    [InlineData("1ms")]
    [InlineData("90s")]
    [InlineData("2h")]
    [InlineData("7d")]
    public void A_duration_is_written_as_it_is_read(string text)
    {
        Assert.Null(SettingParsers.Duration(TimeSpan.Zero, TimeSpan.MaxValue)(text, out TimeSpan value));
        Assert.Equal(text, SettingParsers.FormatDuration(value));
    }

    [Theory]
    [InlineData(0, "0B")]
    [InlineData(1000, "1000B")]
    [InlineData(65_536, "64KiB")]
    [InlineData(67_108_864, "64MiB")]
    public void A_size_is_written_in_the_largest_unit_that_fits(long bytes, string text) =>
        Assert.Equal(text, SettingParsers.FormatSize(bytes));
}
