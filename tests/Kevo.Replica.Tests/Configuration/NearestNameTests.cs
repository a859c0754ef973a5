using Kevo.Replica.Configuration;

namespace Kevo.Replica.Tests.Configuration;

public sealed class NearestNameTests
{
    [Theory]
    [InlineData("primray", "primary")]
    [InlineData("segmentsize", "segment-size")]
    [InlineData("dail-timeout", "dial-timeout")]
    public void A_slip_finds_the_name_that_was_meant(string typed, string meant) =>
        Assert.Equal(meant, NearestName.Find(typed, SettingTable.Persistent.Select(setting => setting.Name)));

    [Fact]
    public void A_name_far_from_all_finds_nothing() => Assert.Null(NearestName.Find("colour", ["primary", "data"]));
}
