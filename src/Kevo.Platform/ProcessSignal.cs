using System.Runtime.InteropServices;

namespace Kevo.Platform;

/// <summary>Signals to child processes, which .NET can only kill.</summary>
public static class ProcessSignal
{
    private const int Terminate = 15;
    private const int NoSuchProcess = 3;

    /// <summary>Asks a process to stop (SIGTERM). One that has ended already is no error.</summary>
    /// <param name="processId">
    /// A child of this process that has not been waited for, so that the number is still its.
    /// </param>
    /// <exception cref="InvalidOperationException">
    /// The system refuses, for example because the process is not ours.
    /// </exception>
    public static void RequestStop(int processId)
    {
        if (LibC.SendSignal(processId, Terminate) != 0)
        {
            int number = Marshal.GetLastPInvokeError();
            if (number != NoSuchProcess)
            {
                throw new InvalidOperationException(
                    $"SIGTERM could not be sent to process {processId}: {Marshal.GetPInvokeErrorMessage(number)}.");
            }
        }
    }
}
