using System.Text;

namespace Kevo.Storage.Tests.Memtable;

/// <summary>Ways in which keys differ that a tree of eight-byte slices might confuse.</summary>
public static class KeyShapes
{
    public static readonly string[] All = ["numbers", "ascending", "prefixes", "zeros", "binary", "long", "few"];

    public static byte[] Make(string shape, Random random, int index) => shape switch
    {
        "numbers" => Encoding.ASCII.GetBytes($"user:{random.Next(100_000):D10}"),
        "ascending" => Encoding.ASCII.GetBytes($"{(index % 3 == 0 ? "a" : "b")}/{index:D9}"),
        "prefixes" => Encoding.ASCII.GetBytes(new string('p', 1 + random.Next(60)) + random.Next(4)),
        "zeros" => new byte[1 + random.Next(40)],
        "binary" => Bytes(random, 1 + random.Next(12), 3),
        "long" => [.. new byte[300 + random.Next(3)], .. Bytes(random, 4, 256)],
        _ => [(byte)random.Next(5)],
    };

    private static byte[] Bytes(Random random, int length, int values)
    {
        byte[] bytes = new byte[length];
        for (int i = 0; i < length; i++)
        {
            bytes[i] = (byte)(random.Next(values) * (255 / (values - 1)));
        }

        return bytes;
    }
}
