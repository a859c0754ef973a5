using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Kevo.Platform;

namespace Kevo.EndToEnd.Tests.Processes;

/// <summary>
/// One process of the executable, its output line by line, and its log events as they come. Ends the process when
/// disposed.
/// </summary>
internal sealed class ReplicaRun : IAsyncDisposable
{
    /// <summary>Long enough for a busy machine; a test that waits so long has failed.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly Process _process;
    private readonly Lock _gate = new();
    private readonly List<string> _out = [];
    private readonly List<string> _error = [];
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private ReplicaRun(Process process)
    {
        _process = process;
        process.OutputDataReceived += (_, line) => Hear(_out, line.Data);
        process.ErrorDataReceived += (_, line) => Hear(_error, line.Data);
    }

    /// <summary>Lines of standard output so far.</summary>
    public IReadOnlyList<string> Out
    {
        get
        {
            lock (_gate)
            {
                return [.. _out];
            }
        }
    }

    /// <summary>Lines of standard error so far.</summary>
    public IReadOnlyList<string> Error
    {
        get
        {
            lock (_gate)
            {
                return [.. _error];
            }
        }
    }

    /// <summary>Everything it said, for messages of failed assertions.</summary>
    public string Said => string.Join('\n', [.. Out, .. Error]);

    /// <summary>Whether the process has ended.</summary>
    public bool HasEnded => _process.HasExited;

    /// <summary>The process's number.</summary>
    public int Id => _process.Id;

    /// <summary>The most memory the process has had resident so far, mapped files included, in bytes.</summary>
    public long PeakResidentBytes
    {
        get
        {
            string line = File.ReadLines($"/proc/{Id}/status")
                .First(line => line.StartsWith("VmHWM:", StringComparison.Ordinal));
            return long.Parse(
                line.AsSpan("VmHWM:".Length, line.Length - "VmHWM:".Length - " kB".Length),
                CultureInfo.InvariantCulture) * 1024;
        }
    }

    /// <summary>Starts the executable with these words and, beside the inherited ones, these variables.</summary>
    public static ReplicaRun Start(IEnumerable<string> words, params (string Name, string Value)[] environment) =>
        Start(words, [], environment);

    /// <summary>The same by way of a command that becomes the executable, which follows its own words.</summary>
    public static ReplicaRun Start(
        IEnumerable<string> words, IReadOnlyList<string> launcher, params (string Name, string Value)[] environment) =>
        launcher.Count > 0
            ? StartFile(launcher[0], [.. launcher.Skip(1), ReplicaExecutable.FullPath, .. words], environment)
            : StartFile(ReplicaExecutable.FullPath, words, environment);

    /// <summary>Starts this file, not the executable under test.</summary>
    public static ReplicaRun StartFile(
        string file, IEnumerable<string> words, params (string Name, string Value)[] environment)
    {
        ProcessStartInfo start = new(file, words)
        {
            RedirectStandardError = true,
            RedirectStandardOutput = true,
            RedirectStandardInput = true,
        };
        foreach ((string name, string value) in environment)
        {
            start.Environment[name] = value;
        }

        var run = new ReplicaRun(new Process { StartInfo = start });
        run._process.Start();
        run._process.StandardInput.Close();
        run._process.BeginOutputReadLine();
        run._process.BeginErrorReadLine();
        return run;
    }

    /// <summary>Runs the executable to its end.</summary>
    public static async Task<ReplicaRun> ToEndAsync(IEnumerable<string> words, params (string, string)[] environment)
    {
        ReplicaRun run = Start(words, environment);
        await run.WaitForEndAsync();
        return run;
    }

    /// <summary>Waits until the process logs the event.</summary>
    /// <returns>The first such record.</returns>
    public async Task<JsonElement> WaitForEventAsync(int number, Func<JsonElement, bool>? matches = null)
    {
        int seen = 0;
        while (true)
        {
            Task changed;
            string[] news;
            lock (_gate)
            {
                changed = _changed.Task;
                news = [.. _error.Skip(seen)];
            }

            seen += news.Length;
            foreach (string line in news)
            {
                if (line.StartsWith('{'))
                {
                    JsonElement record = JsonDocument.Parse(line).RootElement;
                    if (record.GetProperty("event").GetInt32() == number && (matches is null || matches(record)))
                    {
                        return record;
                    }
                }
            }

            if (_process.HasExited && news.Length == 0)
            {
                Assert.Fail($"The process ended with code {_process.ExitCode} before event {number}:\n{Said}");
            }

            await Task.WhenAny(changed, _process.WaitForExitAsync()).WaitAsync(Patience);
        }
    }

    /// <summary>The address that the event with this number says the process listens at.</summary>
    public async Task<string> AddressAsync(int listening) =>
        (await WaitForEventAsync(listening)).GetProperty("data").GetProperty("Address").GetString()!;

    /// <summary>As <see cref="WaitForEventAsync"/>; null when the process ends, or is given up, before.</summary>
    public async Task<JsonElement?> TryWaitForEventAsync(int number, CancellationToken ended)
    {
        var canceled = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using CancellationTokenRegistration registration = ended.Register(canceled.SetResult);
        while (true)
        {
            Task changed;
            string[] lines;
            lock (_gate)
            {
                changed = _changed.Task;
                lines = [.. _error];
            }

            // A line that a kill cut short is no record.
            foreach (string line in lines.Where(static line => line is ['{', .., '}']))
            {
                JsonElement record = JsonDocument.Parse(line).RootElement;
                if (record.GetProperty("event").GetInt32() == number)
                {
                    return record;
                }
            }

            if (_process.HasExited || ended.IsCancellationRequested)
            {
                return null;
            }

            await Task.WhenAny(changed, _process.WaitForExitAsync(CancellationToken.None), canceled.Task);
        }
    }

    /// <summary>Waits for the end of the process and of its output.</summary>
    /// <returns>The exit code.</returns>
    public async Task<int> WaitForEndAsync()
    {
        await _process.WaitForExitAsync().WaitAsync(Patience);
        return _process.ExitCode;
    }

    /// <summary>Ends the process by SIGKILL.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync().WaitAsync(Patience);
    }

    /// <summary>Asks the process to stop (SIGTERM).</summary>
    /// <returns>The exit code.</returns>
    public Task<int> StopAsync()
    {
        ProcessSignal.RequestStop(Id);
        return WaitForEndAsync();
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            await KillAsync();
        }

        _process.Dispose();
    }

    private void Hear(List<string> lines, string? line)
    {
        if (line is null)
        {
            return;
        }

        TaskCompletionSource changed;
        lock (_gate)
        {
            lines.Add(line);
            changed = _changed;
            _changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }

        changed.SetResult();
    }
}
