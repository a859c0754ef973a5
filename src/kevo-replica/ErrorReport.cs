using Kevo.Core;

namespace Kevo.Replica;

/// <summary>Turns an error into the line a person reads and the code a script reads.</summary>
internal static class ErrorReport
{
    /// <summary>Writes the error as one line; a defect of ours with the stack that a report needs.</summary>
    /// <returns>The exit code.</returns>
    public static int Write(TextWriter error, Exception failure)
    {
        if (failure is KevoException ours)
        {
            error.WriteLine(Line(ours.Kind.ToString(), ours.Message));
            return ExitCode.For(ours.Kind);
        }

        error.WriteLine(
            Line("internal", $"this is a defect, please report it: {failure.GetType().Name}: {failure.Message}"));
        error.WriteLine(failure.ToString());
        return ExitCode.Internal;
    }

    /// <summary>Writes what is wrong with the command line.</summary>
    /// <returns>The exit code.</returns>
    public static int WriteUsage(TextWriter error, string message)
    {
        error.WriteLine(Line("usage", message));
        return ExitCode.Usage;
    }

    // The kind's name in lower case is what log lines, metrics and status call it, too.
    private static string Line(string kind, string message) =>
        $"kevo-replica: {kind.ToLowerInvariant()} error: {message.ReplaceLineEndings(" ")}";
}
