using Kevo.Replica.Commands;
using Kevo.Storage.Kevo;
using Kevo.Testing;

namespace Kevo.Replica.Tests.Commands;

/// <summary>Which paths are taken for stock Kevo's.</summary>
public sealed class StockWalTests
{
    [Fact]
    public void A_directory_with_nothing_but_a_manifest_is_stocks()
    {
        using var directory = new TemporaryDirectory();
        Assert.False(StockWal.IsAt(directory.Path));
        File.WriteAllText(directory.Combine(StockManifest.FileName), "{}");
        Assert.True(StockWal.IsAt(directory.Path));
    }

    [Theory]
    [InlineData("")]
    [InlineData("wal")]
    public void A_directory_that_holds_stocks_log_is_stocks(string below)
    {
        using var directory = new TemporaryDirectory();
        string log = Directory.CreateDirectory(directory.Combine(below)).FullName;
        Assert.False(StockWal.IsAt(directory.Path));
        File.WriteAllText(Path.Combine(log, "1.wal"), "");
        Assert.True(StockWal.IsAt(directory.Path));
    }
}
