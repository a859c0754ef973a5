using System.Text;
using System.Text.RegularExpressions;
using Kevo.Replication.Tests.World;
using Kevo.Testing;

namespace Kevo.Replication.Tests.Embedding;

public sealed partial class EmbeddingExampleTests
{
    [Fact]
    public void The_example_in_the_document_is_the_one_that_is_compiled()
    {
        string document = File.ReadAllText(Path.Combine(Repository.Root, "docs", "EMBEDDING.md"));
        string source = File.ReadAllText(Path.Combine(
            Repository.Root, "tests", "Kevo.Replication.Tests", "Embedding", "EmbeddingExample.cs"));
        string example = Example().Match(document).Groups[1].Value;
        Assert.NotEmpty(example);
        Assert.Contains(Normalize(example), Normalize(source), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_example_follows_a_relay()
    {
        await using TestRelay relay = await TestRelay.StartAsync();
        relay.Fill(50);
        EmbeddingExample.CountingStore store = new();
        TaskCompletionSource arrived = new(TaskCreationOptions.RunContinuationsAsynchronously);
        store.Grew += () => _ = store.Operations == 50 && arrived.TrySetResult();
        using CancellationTokenSource stop = new();
        Task following = EmbeddingExample.FollowAsync($"{relay.Address}", store, stop.Token);
        await arrived.Task.WaitAsync(TimeSpan.FromSeconds(30));
        await stop.CancelAsync();
        await following.WaitAsync(TimeSpan.FromSeconds(30));
        Assert.Equal(50, store.Operations);
    }

    private static string Normalize(string text)
    {
        StringBuilder normal = new();
        foreach (string line in text
            .Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            normal.Append(line).Append('\n');
        }

        return normal.ToString();
    }

    [GeneratedRegex("```csharp\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex Example();
}
