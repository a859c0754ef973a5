using Kevo.Core;
using Kevo.Replica.Configuration;
using Microsoft.Extensions.Logging;

namespace Kevo.Replica.Node;

/// <summary>
/// What happens between an error that ends a daemon and the end of the process. The log hears of it once. After a
/// failure that no retry helps against the daemon goes on answering for a while, so that a scrape, a probe and a person
/// find the reason where they look for it, and readers what is durable.
/// </summary>
/// <param name="settings">How long to wait.</param>
/// <param name="watched">
/// A person watches the log on a terminal, who has the reason before his eyes and wants his prompt back when the
/// directory he named cannot be used.
/// </param>
/// <param name="time">The clock.</param>
/// <param name="logger">Where the failure is told.</param>
internal sealed class FailureLinger(EffectiveSettings settings, bool watched, TimeProvider time, ILogger logger)
{
    private bool _told;

    /// <summary>A node that was told to exit when the primary is unreachable does so at once.</summary>
    public static bool IsForGood(KevoException failure) =>
        ExitCode.For(failure.Kind) is ExitCode.Storage or ExitCode.HistoryLost;

    /// <summary>Says that replication has ended, and waits.</summary>
    /// <param name="failure">What ended it.</param>
    /// <param name="tellsStatus">Whether there is an admin endpoint; without one nobody would see the reason.</param>
    /// <param name="stop">Ends the wait.</param>
    public Task AfterWorkAsync(KevoException failure, bool tellsStatus, CancellationToken stop) =>
        WaitAsync(failure, tellsStatus, NodeLog.EndedForGood, stop);

    /// <summary>Says that the data directory cannot be used, and waits.</summary>
    /// <param name="failure">Why.</param>
    /// <param name="tellsStatus">Whether there is an admin endpoint; without one nobody would see the reason.</param>
    /// <param name="stop">Ends the wait.</param>
    public Task AfterStartAsync(KevoException failure, bool tellsStatus, CancellationToken stop) =>
        WaitAsync(failure, tellsStatus && !watched, NodeLog.CannotStart, stop);

    /// <summary>
    /// The process ends by this error; says so, unless it was told before. What is wrong with settings is said in the
    /// one line with which every command answers.
    /// </summary>
    public void TellEnd(KevoException failure)
    {
        if (!_told && failure.Kind != ErrorKind.Configuration)
        {
            _told = true;
            NodeLog.Ended(logger, ExitCode.For(failure.Kind), failure.Kind, failure.Reason, failure.Message);
        }
    }

    private async Task WaitAsync(
        KevoException failure,
        bool tellsStatus,
        Action<ILogger, ErrorKind, string, string, string, int> tell,
        CancellationToken stop)
    {
        TimeSpan linger = settings.Get(ServerSettings.FailureLinger);
        if (!tellsStatus || !IsForGood(failure) || linger <= TimeSpan.Zero || stop.IsCancellationRequested)
        {
            return;
        }

        _told = true;
        tell(
            logger,
            failure.Kind,
            failure.Reason,
            failure.Message,
            SettingParsers.FormatDuration(linger),
            ExitCode.For(failure.Kind));
        await Task.Delay(linger, time, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }
}
