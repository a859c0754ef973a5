using Kevo.Testing;

namespace Kevo.Core.Tests;

/// <summary>The measure that tests of allocation rest on sees what is there, and no more.</summary>
public sealed class AllocatedBytesTests
{
    [Fact]
    public void What_every_round_allocates_is_seen() =>
        Assert.InRange(AllocatedBytes.LeastOf(static () => GC.KeepAlive(new byte[100])), 100, 200);

    [Fact]
    public void What_one_round_alone_is_charged_for_is_not()
    {
        int round = 0;
        long least = AllocatedBytes.LeastOf(() =>
        {
            if (round++ == 1)
            {
                GC.KeepAlive(new byte[100]);
                GC.Collect();
            }
        });
        Assert.Equal(0, least);
        Assert.Equal(6, round);
    }
}
