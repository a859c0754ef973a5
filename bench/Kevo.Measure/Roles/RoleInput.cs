namespace Kevo.Measure.Roles;

/// <summary>How a role hears its parent.</summary>
public static class RoleInput
{
    /// <summary>
    /// Reads a line; null at the end. On a thread of its own: the console's asynchronous reading holds the thread that
    /// calls it, and the pool has no more threads than there are processors until it has waited half a second.
    /// </summary>
    public static Task<string?> ReadLineAsync() => Task.Factory.StartNew(
        Console.In.ReadLine, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
}
