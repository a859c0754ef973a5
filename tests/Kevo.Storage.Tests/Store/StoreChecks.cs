using System.Collections.Immutable;
using Kevo.Core;
using Xunit;

namespace Kevo.Storage.Tests.Store;

/// <summary>Compares a view of the store with what it must be.</summary>
internal static class StoreChecks
{
    /// <summary>Everything, by scanning.</summary>
    public static void AssertSame(ImmutableSortedDictionary<byte[], byte[]> expected, ISnapshot actual, string where)
    {
        using IEntryCursor cursor = actual.Scan(default, default);
        foreach ((byte[] key, byte[] value) in expected)
        {
            Assert.True(cursor.MoveNext(), $"{where}: ends before key {Convert.ToHexString(key)}");
            Assert.True(
                cursor.Key.SequenceEqual(key),
                $"{where}: key {Convert.ToHexString(cursor.Key)} instead of {Convert.ToHexString(key)}");
            Assert.True(cursor.Value.SequenceEqual(value), $"{where}: value of key {Convert.ToHexString(key)}");
        }

        Assert.False(cursor.MoveNext(), $"{where}: more than {expected.Count} keys");
    }

    /// <summary>Single keys and one range, at random.</summary>
    public static void AssertSampleSame(
        ImmutableSortedDictionary<byte[], byte[]> expected,
        ISnapshot actual,
        Random random,
        Func<byte[]> newKey,
        string where)
    {
        for (int i = 0; i < 8; i++)
        {
            byte[] key = newKey();
            bool found = actual.TryGet(key, out ReadOnlySpan<byte> value);
            bool exists = expected.TryGetValue(key, out byte[]? expectedValue);
            Assert.True(found == exists, $"{where}: key {Convert.ToHexString(key)} found {found}");
            Assert.True(!found || value.SequenceEqual(expectedValue), $"{where}: value of {Convert.ToHexString(key)}");
        }

        byte[] start = newKey();
        byte[] end = random.Next(3) == 0 ? [] : newKey();
        using IEntryCursor cursor = actual.Scan(start, end);
        foreach ((byte[] key, byte[] value) in expected)
        {
            bool beyond = end.Length > 0 && StoreModel.ByBytes.Compare(key, end) >= 0;
            if (beyond || StoreModel.ByBytes.Compare(key, start) < 0)
            {
                continue;
            }

            Assert.True(cursor.MoveNext() && cursor.Key.SequenceEqual(key) && cursor.Value.SequenceEqual(value), where);
        }

        Assert.False(cursor.MoveNext(), where);
    }
}
