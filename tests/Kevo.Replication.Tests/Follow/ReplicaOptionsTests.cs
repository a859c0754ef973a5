using Kevo.Core;
using Kevo.Replication.Follow;
using Kevo.Replication.Session;
using Kevo.Wire.Contracts.Replication;

namespace Kevo.Replication.Tests.Follow;

public sealed class ReplicaOptionsTests
{
    [Fact]
    public void The_defaults_are_the_founding_ones()
    {
        ReplicaOptions options = new();
        options.Validate();
        Assert.Equal("localhost:50052", options.PrimaryAddress);
        Assert.Null(options.Tls);
        Assert.Equal(TimeSpan.FromSeconds(10), options.DialTimeout);
        Assert.Equal(5, options.MaxRetries);
        Assert.Equal(TimeSpan.FromSeconds(1), options.RetryBaseDelay);
        Assert.Equal(TimeSpan.FromSeconds(60), options.RetryMaxDelay);
        Assert.Equal(1.5, options.RetryMultiplier);
        Assert.True(options.CompressionSupported);
        Assert.Equal(CompressionCodec.Zstd, options.PreferredCodec);
        Assert.Equal(1u, options.ProtocolVersion);
        Assert.Equal(TimeSpan.FromSeconds(5), options.AckInterval);
        Assert.Equal(1 << 20, options.MaxBatchBytes);
        Assert.True(options.ReportMetrics);
        Assert.True(options.MaxReceiveMessageBytes >= 16 << 20);
        Assert.Equal(TimeSpan.FromSeconds(45), options.SilenceLimit);
        Assert.True(options.KeepAliveInterval >= TimeSpan.FromSeconds(20));
    }

    public static TheoryData<string, Func<ReplicaOptions>> BadSettings() => new()
    {
        { "PrimaryAddress", () => new ReplicaOptions { PrimaryAddress = "nowhere" } },
        { "PrimaryAddress", () => new ReplicaOptions { PrimaryAddress = "http://host:1" } },
        { "PrimaryAddress", () => new ReplicaOptions { PrimaryAddress = "host:0" } },
        { "PrimaryAddress", () => new ReplicaOptions { PrimaryAddress = "host:65536" } },
        { "DialTimeout", () => new ReplicaOptions { DialTimeout = TimeSpan.Zero } },
        { "MaxRetries", () => new ReplicaOptions { MaxRetries = 0 } },
        { "RetryBaseDelay", () => new ReplicaOptions { RetryBaseDelay = TimeSpan.FromSeconds(-1) } },
        { "RetryMaxDelay", () => new ReplicaOptions { RetryMaxDelay = TimeSpan.FromDays(2) } },
        { "RetryMultiplier", () => new ReplicaOptions { RetryMultiplier = 0.5 } },
        { "RetryMultiplier", () => new ReplicaOptions { RetryMultiplier = double.NaN } },
        { "PreferredCodec", () => new ReplicaOptions { PreferredCodec = (CompressionCodec)9 } },
        { "AckInterval", () => new ReplicaOptions { AckInterval = TimeSpan.Zero } },
        { "MaxBatchBytes", () => new ReplicaOptions { MaxBatchBytes = 0 } },
        { "ListenerAddress", () => new ReplicaOptions { ListenerAddress = " " } },
        { "Follow", () => new ReplicaOptions { Follow = (FollowMode)77 } },
        { "NodeId", () => new ReplicaOptions { NodeId = "a b" } },
        { "MaxReceiveMessageBytes", () => new ReplicaOptions { MaxReceiveMessageBytes = 1 } },
        { "MaxDecompressedBytes", () => new ReplicaOptions { MaxDecompressedBytes = 1 } },
        { "ReceiveQueueBytes", () => new ReplicaOptions { ReceiveQueueBytes = 1 } },
        { "StreamWindowBytes", () => new ReplicaOptions { StreamWindowBytes = 32 << 20 } },
        { "KeepAliveInterval", () => new ReplicaOptions { KeepAliveInterval = TimeSpan.FromSeconds(9) } },
        { "GapAttempts", () => new ReplicaOptions { GapAttempts = 0 } },
    };

    [Theory]
    [MemberData(nameof(BadSettings))]
    public void A_bad_setting_is_refused_by_name(string setting, Func<ReplicaOptions> make)
    {
        ConfigurationException refused = Assert.Throws<ConfigurationException>(make);
        Assert.Contains(setting, refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_cap_below_the_base_delay_is_refused()
    {
        ReplicaOptions options = new() { RetryMaxDelay = TimeSpan.FromMilliseconds(10) };
        Assert.Contains(
            "RetryMaxDelay", Assert.Throws<ConfigurationException>(options.Validate).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("localhost:50052", "localhost", 50052)]
    [InlineData("10.0.0.1:1", "10.0.0.1", 1)]
    [InlineData("[::1]:65535", "::1", 65535)]
    [InlineData("kevo-primary.example.org:50052", "kevo-primary.example.org", 50052)]
    public void An_address_is_read_as_host_and_port_and_written_back(string text, string host, int port)
    {
        Assert.True(PrimaryEndpoint.TryParse(text, out PrimaryEndpoint endpoint));
        Assert.Equal((host, port), (endpoint.Host, endpoint.Port));
        Assert.Equal(text, endpoint.ToString());
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData(":50052")]
    [InlineData("host")]
    [InlineData("host:")]
    [InlineData("::1:50052")]
    [InlineData("host:+1")]
    [InlineData("host:1/path")]
    public void Other_texts_are_no_address(string? text) => Assert.False(PrimaryEndpoint.TryParse(text, out _));
}
