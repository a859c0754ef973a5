using System.Text;
using Kevo.Relay.Stock;
using Kevo.Wire.Contracts.Replication;
using Microsoft.Extensions.Time.Testing;

namespace Kevo.Relay.Tests.Stock;

/// <summary>A model under a clock that the test moves.</summary>
internal sealed class StockPrimaryFixture
{
    public StockPrimaryFixture(StockPrimaryOptions? options = null)
    {
        Time = new FakeTimeProvider(new DateTimeOffset(2025, 1, 1, 0, 0, 0, TimeSpan.Zero));
        Model = new StockPrimaryModel(options ?? new StockPrimaryOptions(), Time);
    }

    public FakeTimeProvider Time { get; }

    public StockPrimaryModel Model { get; }

    public static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);

    public static WALStreamRequest Request(
        ulong start, bool compression = true, CompressionCodec codec = CompressionCodec.Zstd) =>
        new()
        {
            StartSequence = start,
            ProtocolVersion = 1,
            CompressionSupported = compression,
            PreferredCodec = codec,
            ListenerAddress = "127.0.0.1:7000",
        };

    public void Put(string key, string value = "value") => Assert.NotNull(Model.Put(Bytes(key), Bytes(value)));

    /// <summary>Writes n keys, each under its own number.</summary>
    public void Fill(int count, string prefix = "k")
    {
        for (int i = 0; i < count; i++)
        {
            Put($"{prefix}{i:D6}");
        }
    }

    /// <summary>Commits a batch of n puts.</summary>
    public ulong? Batch(int count, string prefix = "b") =>
        Model.Commit([.. Enumerable.Range(0, count)
            .Select(i => StockOperation.Put(Bytes($"{prefix}{i:D4}"), Bytes("batch")))]);

    public (StockSession Session, RecordingStream Stream) Open(
        ulong start, bool compression = true, CompressionCodec codec = CompressionCodec.Zstd)
    {
        var stream = new RecordingStream();
        StockSession? session = Model.OpenStream(Request(start, compression, codec), stream);
        Assert.NotNull(session);
        return (session, stream);
    }

    /// <summary>Lets time pass in steps as small as the model asks for.</summary>
    public void Pass(TimeSpan duration)
    {
        DateTimeOffset end = Time.GetUtcNow() + duration;
        while (Model.NextDue is { } due && due <= end)
        {
            if (due > Time.GetUtcNow())
            {
                Time.SetUtcNow(due);
            }

            Model.RunDue();
        }

        Time.SetUtcNow(end);
    }

    public void PassTicks(int count) => Pass(Model.Options.TickInterval * count);

    public string? Get(string key) =>
        Model.TryGet(Bytes(key), out byte[]? value) == true ? Encoding.UTF8.GetString(value!) : null;

    public string[] ScanKeys(string start = "") =>
        [.. Model.Scan([], [], Bytes(start), [], 0)!.Select(row => Encoding.UTF8.GetString(row.Key))];
}
