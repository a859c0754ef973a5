using System.Runtime.InteropServices;

namespace Kevo.Replica;

/// <summary>
/// SIGTERM and SIGINT ask the process to stop cleanly; the second one, or two seconds without an end, ends it at once.
/// What is durable by then stays so: an abrupt end is a crash, which recovery handles.
/// </summary>
internal sealed class StopSignals : IDisposable
{
    /// <summary>How long a clean stop may take.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    private readonly CancellationTokenSource _stop = new();
    private readonly PosixSignalRegistration _terminate;
    private readonly PosixSignalRegistration _interrupt;
    private readonly ITimer _deadline;

    /// <summary>Takes over both signals.</summary>
    public StopSignals(TimeProvider time)
    {
        _deadline = time.CreateTimer(_ => EndAtOnce(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Handle);
        _interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Handle);
    }

    /// <summary>Cancelled by the first signal.</summary>
    public CancellationToken Stop => _stop.Token;

    /// <inheritdoc/>
    public void Dispose()
    {
        _terminate.Dispose();
        _interrupt.Dispose();
        _deadline.Dispose();
        _stop.Dispose();
    }

    private static void EndAtOnce() => Environment.Exit(ExitCode.Internal);

    private void Handle(PosixSignalContext context)
    {
        context.Cancel = true;
        if (_stop.IsCancellationRequested)
        {
            EndAtOnce();
        }

        _deadline.Change(Patience, Timeout.InfiniteTimeSpan);
        _stop.Cancel();
    }
}
