using System.Diagnostics;
using System.Globalization;

namespace Kevo.Measure.Roles;

/// <summary>
/// This program started again in a role of its own, so that relay, replica and receiver are separate processes as in
/// production. A role talks to its parent by lines <c>NAME VALUE</c> on standard output.
/// </summary>
public sealed class ChildProcess : IDisposable
{
    private readonly Process _process;
    private readonly string _role;

    private ChildProcess(Process process, string role)
    {
        _process = process;
        _role = role;
    }

    /// <summary>Process id, for the accounting of the operating system.</summary>
    public int Id => _process.Id;

    /// <summary>Starts the role with its arguments.</summary>
    public static ChildProcess Start(string role, params IReadOnlyList<string> arguments)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!)
        {
            RedirectStandardOutput = true,
            RedirectStandardInput = true,
            UseShellExecute = false,
        };
        if (Path.GetFileNameWithoutExtension(start.FileName) == "dotnet")
        {
            start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, "Kevo.Measure.dll"));
        }

        start.ArgumentList.Add("role");
        start.ArgumentList.Add(role);
        foreach (string argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        return new ChildProcess(Process.Start(start)!, role);
    }

    /// <summary>Reads lines until the named one comes, and returns its value.</summary>
    /// <exception cref="InvalidOperationException">The child ended first.</exception>
    public string Read(string name)
    {
        while (_process.StandardOutput.ReadLine() is { } line)
        {
            int space = line.IndexOf(' ', StringComparison.Ordinal);
            if (space > 0 && line.AsSpan(0, space).SequenceEqual(name))
            {
                return line[(space + 1)..];
            }
        }

        _process.WaitForExit();
        throw new InvalidOperationException(
            $"The {_role} process ended with exit code {_process.ExitCode} before it said '{name}'.");
    }

    /// <summary>Like <see cref="Read"/>, as a number.</summary>
    public double ReadNumber(string name) => double.Parse(Read(name), CultureInfo.InvariantCulture);

    /// <summary>Asks the child to go on (or to end) with one line on its standard input.</summary>
    public void Tell(string line)
    {
        _process.StandardInput.WriteLine(line);
        _process.StandardInput.Flush();
    }

    /// <summary>Ends the child if it still runs.</summary>
    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
            _process.WaitForExit();
        }

        _process.Dispose();
    }
}
