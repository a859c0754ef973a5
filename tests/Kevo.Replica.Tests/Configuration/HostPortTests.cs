using Kevo.Replica.Configuration;

namespace Kevo.Replica.Tests.Configuration;

public sealed class HostPortTests
{
    [Theory]
    [InlineData("localhost:50052", "localhost", 50052)]
    [InlineData("127.0.0.1:0", "127.0.0.1", 0)]
    [InlineData("[::1]:65535", "::1", 65535)]
    [InlineData("kevo-0.kevo.svc.cluster.local:50052", "kevo-0.kevo.svc.cluster.local", 50052)]
    public void An_address_is_read_and_written_back(string text, string host, int port)
    {
        Assert.Null(HostPort.TryParse(text, out HostPort? value));
        Assert.Equal(new HostPort(host, port), value);
        Assert.Equal(text, value!.ToString());
    }

    [Theory]
    [InlineData("localhost")]
    [InlineData(":50052")]
    [InlineData("localhost:")]
    [InlineData("localhost:65536")]
    [InlineData("localhost:-1")]
    [InlineData("::1:50052")]
    [InlineData("bad host:1")]
    [InlineData("http://localhost:1")]
    public void Another_text_is_refused_with_a_reason(string text) => Assert.NotNull(HostPort.TryParse(text, out _));

    [Theory]
    [InlineData("localhost", true)]
    [InlineData("127.8.8.8", true)]
    [InlineData("::1", true)]
    [InlineData("0.0.0.0", false)]
    [InlineData("example.org", false)]
    public void Loopback_is_recognised(string host, bool loopback) =>
        Assert.Equal(loopback, new HostPort(host, 1).IsLoopback);
}
