using Kevo.Core;
using Kevo.Replica.Configuration;
using Microsoft.Extensions.Logging;

namespace Kevo.Replica.Node;

/// <summary>
/// What happens between a failure that no retry helps against and the end of the process: for a while the node goes on
/// answering, so that a scrape, a probe and a person find the reason where they look for it, and readers what is
/// durable.
/// </summary>
internal static class FailureLinger
{
    /// <summary>Runs the replica until it stops or fails; after a failure for good it waits before it throws.</summary>
    /// <param name="replica">The replica, not started yet.</param>
    /// <param name="settings">How long to wait.</param>
    /// <param name="tellsStatus">Whether there is an admin endpoint; without one nobody would see the reason.</param>
    /// <param name="mends">Failures that are not for good, because the caller knows what helps.</param>
    /// <param name="time">The clock.</param>
    /// <param name="logger">Where the failure is told.</param>
    /// <param name="stop">Ends the replica, and the wait.</param>
    /// <exception cref="KevoException">What ended the replica.</exception>
    public static async Task RunAsync(
        Replication.Follow.Replica replica,
        EffectiveSettings settings,
        bool tellsStatus,
        Func<KevoException, bool> mends,
        TimeProvider time,
        ILogger logger,
        CancellationToken stop)
    {
        try
        {
            await replica.RunAsync(stop);
        }
        catch (KevoException failure) when (tellsStatus && IsForGood(failure) && !mends(failure))
        {
            TimeSpan linger = settings.Get(ServerSettings.FailureLinger);
            if (linger > TimeSpan.Zero && !stop.IsCancellationRequested)
            {
                NodeLog.EndedForGood(
                    logger,
                    failure.Kind,
                    failure.Reason,
                    failure.Message,
                    SettingParsers.FormatDuration(linger),
                    ExitCode.For(failure.Kind));
                await Task.Delay(linger, time, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }

            throw;
        }
    }

    // A node that was told to exit when the primary is unreachable does so at once.
    private static bool IsForGood(KevoException failure) =>
        ExitCode.For(failure.Kind) is ExitCode.Storage or ExitCode.HistoryLost;
}
