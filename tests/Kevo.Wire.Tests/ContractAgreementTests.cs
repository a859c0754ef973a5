using Google.Protobuf;
using Kevo.Testing;
using Kevo.Wire.Contracts.Replication;

namespace Kevo.Wire.Tests;

/// <summary>Our reader and writer against the generated contracts, in both directions.</summary>
public sealed class ContractAgreementTests
{
    [Fact]
    public void What_the_library_writes_the_reader_reads()
    {
        int seed = Seed.For(1);
        Random random = new(seed);
        for (int round = 0; round < 2000; round++)
        {
            WALStreamResponse response = new()
            {
                Compressed = random.Next(2) == 0,
                Codec = (CompressionCodec)random.Next(-1, 4),
            };
            for (int i = random.Next(10); i > 0; i--)
            {
                byte[] payload = new byte[random.Next(300)];
                random.NextBytes(payload);
                response.Entries.Add(new WALEntry
                {
                    SequenceNumber = AnyNumber(random),
                    Payload = ByteString.CopyFrom(payload),
                    FragmentType = (FragmentType)random.Next(-1, 6),
                    Checksum = (uint)AnyNumber(random),
                });
            }

            byte[] bytes = response.ToByteArray();
            Assert.True(ReadResponse.ByLibrary(bytes) == ReadResponse.ByReader(bytes), $"seed {seed}, round {round}");
        }
    }

    [Fact]
    public void What_the_writer_writes_both_read()
    {
        int seed = Seed.For(2);
        Random random = new(seed);
        using StreamResponseWriter writer = new(byteBudget: 1 << 16);
        for (int round = 0; round < 2000; round++)
        {
            WALStreamResponse expected = new();
            for (int i = random.Next(10); i > 0; i--)
            {
                byte[] payload = new byte[random.Next(random.Next(4) == 0 ? 5000 : 200)];
                random.NextBytes(payload);
                WALEntry entry = new()
                {
                    SequenceNumber = AnyNumber(random),
                    Payload = ByteString.CopyFrom(payload),
                    Checksum = random.Next(2) == 0 ? 0 : (uint)AnyNumber(random),
                };
                Assert.True(writer.TryAppend(entry.SequenceNumber, payload, entry.Checksum));
                if (random.Next(2) == 0)
                {
                    entry.FragmentType = (FragmentType)random.Next(4);
                    writer.MarkLastEntry(entry.FragmentType);
                }

                expected.Entries.Add(entry);
            }

            byte[] bytes = writer.Complete().Bytes.ToArray();
            string wanted = ReadResponse.ByLibrary(expected.ToByteArray());
            Assert.True(wanted == ReadResponse.ByLibrary(bytes), $"library, seed {seed}, round {round}");
            Assert.True(wanted == ReadResponse.ByReader(bytes), $"reader, seed {seed}, round {round}");
        }
    }

    private static ulong AnyNumber(Random random) => (ulong)random.NextInt64() >> random.Next(64);
}
