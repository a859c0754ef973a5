using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
using Kevo.Core;

namespace Kevo.Platform;

/// <summary>Turns error numbers of Linux into the product's storage errors.</summary>
internal static class SystemErrors
{
    internal const int NotPermitted = 1;
    internal const int NoEntry = 2;
    internal const int Interrupted = 4;
    internal const int InputOutput = 5;
    internal const int TryAgain = 11;
    internal const int AccessDenied = 13;
    internal const int Exists = 17;
    internal const int NotADirectory = 20;
    internal const int InvalidArgument = 22;
    internal const int TooManyFiles = 24;
    internal const int FileTooBig = 27;
    internal const int NoSpace = 28;
    internal const int ReadOnlyFileSystem = 30;
    internal const int NotSupported = 95;
    internal const int QuotaExceeded = 122;

    /// <summary>Whether the call just made was interrupted by a signal before it did anything.</summary>
    internal static bool WasInterrupted() => Marshal.GetLastPInvokeError() == Interrupted;

    /// <summary>Whether the call just made failed because bytes could not be written to the disk.</summary>
    internal static bool WasOfDisk() => Marshal.GetLastPInvokeError() is InputOutput or NoSpace or QuotaExceeded;

    /// <summary>The kind of fault an error number means.</summary>
    internal static StorageFault FaultOf(int number) => number switch
    {
        NoSpace or QuotaExceeded => StorageFault.Full,
        ReadOnlyFileSystem or AccessDenied or NotPermitted => StorageFault.ReadOnly,
        NoEntry or NotADirectory => StorageFault.NotFound,
        FileTooBig or TooManyFiles => StorageFault.LimitExceeded,
        _ => StorageFault.InputOutput,
    };

    /// <summary>The error of the call just made.</summary>
    internal static StorageException Last(string operation, string path, string call) =>
        Create(operation, path, call, Marshal.GetLastPInvokeError());

    /// <summary>Raises the error of the call just made.</summary>
    [DoesNotReturn]
    internal static void ThrowLast(string operation, string path, string call) => throw Last(operation, path, call);

    /// <summary>The error of a sync that failed: whatever the number, what the disk holds is now unknown.</summary>
    internal static StorageException SyncFailed(string operation, string path, string call)
    {
        int number = Marshal.GetLastPInvokeError();
        return new StorageException(
            StorageFault.SyncFailed,
            $"{operation}: {call} of {path} failed: {Describe(number)}. Written data may be lost; the process must "
            + "stop and recover from what the disk holds. Check the disk and the kernel log before starting again.",
            path);
    }

    /// <summary>The error for an error number.</summary>
    internal static StorageException Create(string operation, string path, string call, int number)
    {
        StorageFault fault = FaultOf(number);
        return new StorageException(
            fault, $"{operation}: {call} of {path} failed: {Describe(number)}. {Advice(fault)}", path);
    }

    private static string Describe(int number) => $"{Marshal.GetPInvokeErrorMessage(number)} (error {number})";

    private static string Advice(StorageFault fault) => fault switch
    {
        StorageFault.Full => "Free space on this file system or raise the quota.",
        StorageFault.ReadOnly => "Give this user write permission, or choose a writable directory.",
        StorageFault.NotFound => "Check the path.",
        StorageFault.LimitExceeded => "Raise the limit of open files or of file size (ulimit -n, ulimit -f).",
        _ => "Check the disk and the kernel log.",
    };
}
