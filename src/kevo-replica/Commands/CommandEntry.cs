using Kevo.Replica.Configuration;

namespace Kevo.Replica.Commands;

/// <summary>A command as help, completion and manual show it: with the words that lead to it.</summary>
/// <param name="Path">The words on the command line, such as "wal stat".</param>
/// <param name="Command">What they name; a mere group has children.</param>
internal sealed record CommandEntry(string Path, ReplicaCommand Command)
{
    /// <summary>The flags it takes.</summary>
    public IReadOnlyList<Setting> Settings { get; } =
        Command.Set == CommandSet.None ? [] : [.. SettingTable.For(Command.Set)];

    /// <summary>Every command and group, parents before children, in the order help shows them.</summary>
    public static IReadOnlyList<CommandEntry> All() => [.. Flatten("", ReplicaCommands.All)];

    private static IEnumerable<CommandEntry> Flatten(string parent, IReadOnlyList<ReplicaCommand> commands)
    {
        foreach (ReplicaCommand command in commands)
        {
            string path = parent.Length == 0 ? command.Name : $"{parent} {command.Name}";
            yield return new CommandEntry(path, command);
            foreach (CommandEntry child in Flatten(path, command.Children))
            {
                yield return child;
            }
        }
    }
}
