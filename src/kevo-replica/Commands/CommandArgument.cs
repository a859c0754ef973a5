namespace Kevo.Replica.Commands;

/// <summary>A word a command needs, without a flag.</summary>
/// <param name="Name">The placeholder in help, in capitals.</param>
/// <param name="Help">What it means, as a sentence.</param>
internal sealed record CommandArgument(string Name, string Help)
{
    /// <summary>The allowed words, when there are only a few.</summary>
    public IReadOnlyList<string> Choices { get; init; } = [];
}
