using Kevo.Core;

namespace Kevo.Core.Tests;

public sealed class LogPositionTests
{
    [Fact]
    public void Positions_are_ordered_by_epoch_and_then_by_sequence()
    {
        LogPosition[] ordered = [LogPosition.None, new(1, 0), new(1, 9), new(2, 0), new(2, 5), new(ulong.MaxValue, 1)];
        for (int i = 0; i < ordered.Length; i++)
        {
            for (int j = 0; j < ordered.Length; j++)
            {
                Assert.Equal(i < j, ordered[i] < ordered[j]);
                Assert.Equal(i > j, ordered[i] > ordered[j]);
                Assert.Equal(i <= j, ordered[i] <= ordered[j]);
                Assert.Equal(i >= j, ordered[i] >= ordered[j]);
            }
        }
    }

    [Fact]
    public void The_next_position_is_in_the_same_epoch_and_never_wraps()
    {
        Assert.Equal(new LogPosition(3, 8), new LogPosition(3, 7).Next);
        Assert.Throws<OverflowException>(() => new LogPosition(3, ulong.MaxValue).Next);
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(1, 42)]
    [InlineData(ulong.MaxValue, ulong.MaxValue)]
    public void The_text_form_is_read_back(ulong epoch, ulong sequence)
    {
        var position = new LogPosition(epoch, sequence);
        Assert.True(LogPosition.TryParse(position.ToString(), out LogPosition read));
        Assert.Equal(position, read);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("5")]
    [InlineData(":5")]
    [InlineData("5:")]
    [InlineData("-1:5")]
    [InlineData("1:5 ")]
    [InlineData("1:2:3")]
    [InlineData("1:18446744073709551616")]
    public void Anything_else_is_refused(string? text) => Assert.False(LogPosition.TryParse(text, out _));
}
