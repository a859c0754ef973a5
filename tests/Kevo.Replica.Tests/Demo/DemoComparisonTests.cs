using Kevo.Core;
using Kevo.Replica.Demo;

namespace Kevo.Replica.Tests.Demo;

/// <summary>The comparison at the end of the tour can fail: each kind of difference is found and named.</summary>
public sealed class DemoComparisonTests
{
    [Fact]
    public void Equal_histories_have_no_difference() =>
        Assert.Null(DemoComparison.FindDifference(History("a=1 b=2", "a"), History("a=1 b=2", "a")));

    [Theory]
    [InlineData("a=1|b=2", "a=1", "the primary holds sequences 1 to 2, the replica 1 to 1")]
    [InlineData("a=1|b=2|c=3", "a=1|b=9|c=3", "sequence 2 differs")]
    [InlineData("a=1 b=2", "b=2 a=1", "sequence 1 differs")]
    [InlineData("a=1|b=2", "a=1 b=2|b=2", "sequence 1 differs")]
    public void A_lost_changed_reordered_or_torn_transaction_is_found(string there, string here, string expected) =>
        Assert.Equal(expected, DemoComparison.FindDifference(History(there.Split('|')), History(here.Split('|'))));

    [Fact]
    public void A_sequence_that_is_skipped_or_repeated_is_an_error()
    {
        var history = new DemoHistory();
        Add(history, 1, "a=1");
        Assert.Throws<ProtocolException>(() => Add(history, 3, "a=1"));
        Add(history, 2, "a=1");
        history.Complete();
        Assert.Throws<ProtocolException>(() => Add(history, 2, "a=1"));
    }

    [Fact]
    public void The_same_seed_gives_the_same_workload()
    {
        var one = new DemoWorkload(5, 1000);
        var other = new DemoWorkload(5, 1000);
        for (int count = 0; count < 1000; count++)
        {
            IReadOnlyList<DemoOperation> operations = one.Next();
            IReadOnlyList<DemoOperation> same = other.Next();
            Assert.Equal(
                operations.Select(operation => (operation.Operation, Convert.ToHexString(operation.Key))),
                same.Select(operation => (operation.Operation, Convert.ToHexString(operation.Key))));
            Assert.Equal(operations.Select(operation => operation.Value), same.Select(operation => operation.Value));
        }
    }

    // Each text is a transaction: "key=value" puts, "key" deletes.
    private static DemoHistory History(params string[] transactions)
    {
        var history = new DemoHistory();
        for (int number = 0; number < transactions.Length; number++)
        {
            Add(history, (ulong)number + 1, transactions[number]);
        }

        history.Complete();
        return history;
    }

    private static void Add(DemoHistory history, ulong sequence, string transaction)
    {
        foreach (string operation in transaction.Split(' '))
        {
            string[] parts = operation.Split('=');
            byte[] key = System.Text.Encoding.ASCII.GetBytes(parts[0]);
            byte[] value = parts.Length > 1 ? System.Text.Encoding.ASCII.GetBytes(parts[1]) : [];
            Operation kind = parts.Length > 1 ? Operation.Put : Operation.Delete;
            byte[] payload = new byte[WalEntry.PayloadLength(kind, key.Length, value.Length)];
            WalEntry.Write(payload, kind, sequence, key, value);
            WalEntry entry = WalEntry.FromVerified(payload);
            history.Add(in entry);
        }
    }
}
