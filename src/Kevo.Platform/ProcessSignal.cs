using System.Runtime.InteropServices;

namespace Kevo.Platform;

/// <summary>Signals to child processes, which .NET can only kill.</summary>
public static class ProcessSignal
{
    private const int Hangup = 1;
    private const int Terminate = 15;
    private const int NoSuchProcess = 3;

    /// <summary>Asks a process to stop (SIGTERM). One that has ended already is no error.</summary>
    /// <param name="processId">
    /// A child of this process that has not been waited for, so that the number is still its.
    /// </param>
    /// <exception cref="InvalidOperationException">
    /// The system refuses, for example because the process is not ours.
    /// </exception>
    public static void RequestStop(int processId) => Send(processId, Terminate, "SIGTERM");

    /// <summary>Asks a process to read its settings again (SIGHUP). One that has ended already is no error.</summary>
    /// <param name="processId">As for <see cref="RequestStop"/>.</param>
    /// <exception cref="InvalidOperationException">As for <see cref="RequestStop"/>.</exception>
    public static void RequestReload(int processId) => Send(processId, Hangup, "SIGHUP");

    private static void Send(int processId, int signal, string name)
    {
        if (LibC.SendSignal(processId, signal) != 0)
        {
            int number = Marshal.GetLastPInvokeError();
            if (number != NoSuchProcess)
            {
                throw new InvalidOperationException(
                    $"{name} could not be sent to process {processId}: {Marshal.GetPInvokeErrorMessage(number)}.");
            }
        }
    }
}
