using System.Diagnostics;
using System.Text.Json;
using Kevo.Platform;

namespace Kevo.Replica.Demo;

/// <summary>
/// This executable, started once more as <c>run</c>. Its log lines are read as they come; the last ones are kept for
/// the case that it ends in an unexpected way.
/// </summary>
internal sealed class ReplicaProcess : IDisposable
{
    private const int KeptLines = 20;

    private readonly Process _process;
    private readonly Queue<string> _lines = [];
    private readonly TaskCompletionSource<string> _started = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private ReplicaProcess(Process process)
    {
        _process = process;
        process.ErrorDataReceived += (_, line) => Hear(line.Data);
        process.OutputDataReceived += (_, line) => Hear(line.Data);
    }

    /// <summary>The process's number.</summary>
    public int Id { get; private set; }

    /// <summary>Completes with what the process said when it began to follow: the position it holds.</summary>
    public Task<string> Started => _started.Task;

    /// <summary>Completes when the process has ended.</summary>
    public Task Ended => _process.WaitForExitAsync();

    /// <summary>Whether it has ended.</summary>
    public bool HasEnded => _process.HasExited;

    /// <summary>What it ended with.</summary>
    public int ExitCode => _process.ExitCode;

    /// <summary>Its last lines.</summary>
    public string LastLines
    {
        get
        {
            lock (_lines)
            {
                return string.Join(Environment.NewLine, _lines);
            }
        }
    }

    /// <summary>Starts the process.</summary>
    public static ReplicaProcess Start(IEnumerable<string> arguments)
    {
        ProcessStartInfo start = new(Executable())
        {
            RedirectStandardError = true,
            RedirectStandardOutput = true,
            UseShellExecute = false,
        };
        foreach (string argument in EntryPoint().Concat(arguments))
        {
            start.ArgumentList.Add(argument);
        }

        // The tour shows defaults; settings meant for a real replica on this machine are not for it.
        foreach (string name in start.Environment.Keys.Where(
            name => name.StartsWith("KEVO_REPLICA_", StringComparison.Ordinal)).ToList())
        {
            start.Environment.Remove(name);
        }

        var replica = new ReplicaProcess(new Process { StartInfo = start });
        replica._process.Start();
        replica.Id = replica._process.Id;
        replica._process.BeginErrorReadLine();
        replica._process.BeginOutputReadLine();
        return replica;
    }

    /// <summary>Ends it at once (SIGKILL) and waits for its end.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
    }

    /// <summary>Asks it to stop (SIGTERM) and waits for its end.</summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        ProcessSignal.RequestStop(Id);
        await _process.WaitForExitAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
            _process.WaitForExit();
        }

        _process.Dispose();
    }

    private static string Executable() =>
        Environment.ProcessPath
            ?? throw new InvalidOperationException("The system does not say where this executable is.");

    // Under "dotnet kevo-replica.dll" the executable is the host, which has to be told what to run.
    private static string[] EntryPoint() => Path.GetFileNameWithoutExtension(Executable()) == "dotnet"
        ? [Path.Combine(AppContext.BaseDirectory, "kevo-replica.dll")]
        : [];

    private void Hear(string? line)
    {
        if (line is null)
        {
            return;
        }

        lock (_lines)
        {
            _lines.Enqueue(line);
            if (_lines.Count > KeptLines)
            {
                _lines.Dequeue();
            }
        }

        if (line.StartsWith('{'))
        {
            using var record = JsonDocument.Parse(line);
            if (record.RootElement.GetProperty("event").GetInt32() == Node.NodeLog.StartedEvent)
            {
                _started.TrySetResult(record.RootElement.GetProperty("data").GetProperty("Position").GetString()!);
            }
        }
    }
}
