using System.Diagnostics;
using System.Globalization;

namespace Kevo.EndToEnd.Tests.Processes;

/// <summary>
/// Lets a process run only a small part of the time, as on a machine that is busy with other things, until disposed.
/// </summary>
internal sealed class SlowedProcess : IDisposable
{
    private readonly TimeSpan _rest;
    private readonly string[] _ids;
    private readonly CancellationTokenSource _over = new();

    /// <param name="id">The process.</param>
    /// <param name="rest">How long it rests before it may run a little again.</param>
    /// <param name="others">Processes that rest when that one does, and are woken with it.</param>
    public SlowedProcess(int id, TimeSpan rest, params int[] others)
    {
        _rest = rest;
        _ids = [.. others.Append(id).Select(each => each.ToString(CultureInfo.InvariantCulture))];
        _ = Task.Run(SlowAsync);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _over.Cancel();
    }

    // It runs for as long as it takes to send the two signals. The others are woken to the end: "script" stops itself
    // when it hears that its child was stopped, and may hear so late.
    private async Task SlowAsync()
    {
        using var beat = new PeriodicTimer(_rest);
        bool lives = true;
        while (!_over.IsCancellationRequested)
        {
            Signal("-CONT", _ids[..^1]);
            lives = lives && Signal("-CONT", [_ids[^1]]) && Signal("-STOP", [_ids[^1]]);
            await beat.WaitForNextTickAsync().ConfigureAwait(false);
        }

        Signal("-CONT", lives ? _ids : _ids[..^1]);
    }

    // False when there is no such process any more.
    private static bool Signal(string signal, string[] ids)
    {
        if (ids.Length == 0)
        {
            return true;
        }

        using Process process = Process.Start(
            new ProcessStartInfo("kill", [signal, .. ids]) { RedirectStandardError = true })!;
        process.WaitForExit();
        return process.ExitCode == 0;
    }
}
