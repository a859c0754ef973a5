using System.Net;
using Kevo.Core;
using Kevo.Server.Hosting;

namespace Kevo.Server.Tests;

/// <summary>The forms in which an address to listen on is written.</summary>
public sealed class ListenAddressTests
{
    [Theory]
    [InlineData("127.0.0.1:50053", true, false)]
    [InlineData("[::1]:1", true, false)]
    [InlineData("localhost:0", true, false)]
    [InlineData("0.0.0.0:80", false, true)]
    [InlineData("[::]:80", false, true)]
    [InlineData("*:80", false, true)]
    [InlineData("10.1.2.3:80", false, false)]
    [InlineData("host.example:80", false, false)]
    public void Good_addresses_are_read_and_written_back(string text, bool loopback, bool wildcard)
    {
        ListenAddress address = ListenAddress.Parse(text);
        Assert.Equal(text, address.ToString());
        Assert.Equal(loopback, address.IsLoopback);
        Assert.Equal(wildcard, address.IsWildcard);
    }

    [Theory]
    [InlineData("")]
    [InlineData("50053")]
    [InlineData("host")]
    [InlineData("host:")]
    [InlineData("host:x")]
    [InlineData("host:-1")]
    [InlineData("host:65536")]
    [InlineData("::1:80")]
    [InlineData("[127.0.0.1]:80")]
    [InlineData("[host]:80")]
    [InlineData("a b:80")]
    [InlineData("http://host:80")]
    public void Bad_addresses_are_errors_that_show_them(string text)
    {
        ConfigurationException refused = Assert.Throws<ConfigurationException>(() => ListenAddress.Parse(text));
        Assert.Contains($"'{text}'", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Names_are_looked_up()
    {
        Assert.Equal([new IPEndPoint(IPAddress.Loopback, 0)], ListenAddress.Parse("localhost:0").Resolve());
        Assert.Throws<ConfigurationException>(() => ListenAddress.Parse("no-such-host.invalid:80").Resolve());
    }
}
