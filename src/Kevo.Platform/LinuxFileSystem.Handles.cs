using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Kevo.Platform;

/// <content>Calls on open files, repeated when a signal interrupted them.</content>
public sealed partial class LinuxFileSystem
{
    // Size of the zero writes that allocate space where fallocate is not supported.
    private const int ZeroChunkLength = 1 << 20;

    internal static SafeFileHandle OpenHandle(string operation, string path, int flags)
    {
        int descriptor;
        while ((descriptor = LibC.Open(path, flags, FileMode)) < 0)
        {
            if (!SystemErrors.WasInterrupted())
            {
                SystemErrors.ThrowLast(operation, path, "open");
            }
        }

        return new SafeFileHandle(descriptor, ownsHandle: true);
    }

    internal static long LengthOf(string operation, string path, SafeFileHandle file)
    {
        long length = LibC.Seek(file, 0, LibC.SeekEnd);
        return length >= 0 ? length : throw SystemErrors.Last(operation, path, "lseek");
    }

    internal static void SetLengthOf(string operation, string path, SafeFileHandle file, long length)
    {
        while (LibC.SetLength(file, length) != 0)
        {
            if (!SystemErrors.WasInterrupted())
            {
                SystemErrors.ThrowLast(operation, path, "ftruncate");
            }
        }
    }

    internal static void SyncHandle(string operation, string path, SafeFileHandle file)
    {
        while (LibC.SyncData(file) != 0)
        {
            if (!SystemErrors.WasInterrupted())
            {
                throw SystemErrors.SyncFailed(operation, path, "fdatasync");
            }
        }
    }

    internal static unsafe int ReadAt(
        string operation, string path, SafeFileHandle file, long offset, Span<byte> destination)
    {
        fixed (byte* buffer = destination)
        {
            nint read;
            while ((read = LibC.ReadAt(file, buffer, (nuint)destination.Length, offset)) < 0)
            {
                if (!SystemErrors.WasInterrupted())
                {
                    SystemErrors.ThrowLast(operation, path, "pread");
                }
            }

            return (int)read;
        }
    }

    internal static unsafe int WriteAt(
        string operation, string path, SafeFileHandle file, long offset, ReadOnlySpan<byte> bytes)
    {
        fixed (byte* buffer = bytes)
        {
            nint written;
            while ((written = LibC.WriteAt(file, buffer, (nuint)bytes.Length, offset)) < 0)
            {
                if (!SystemErrors.WasInterrupted())
                {
                    SystemErrors.ThrowLast(operation, path, "pwrite");
                }
            }

            return (int)written;
        }
    }

    // Takes the handle. The file goes when it cannot be had in full.
    private static MappedFile MapAllocated(string operation, string path, SafeFileHandle file, long length)
    {
        MappedFile? mapped = null;
        try
        {
            if (LengthOf(operation, path, file) > length)
            {
                SetLengthOf(operation, path, file, length);
            }

            AllocateSpace(operation, path, file, length);
            mapped = new MappedFile(operation, path, file, length, writable: true);
            mapped.DoNotReadAhead();
            return mapped;
        }
        finally
        {
            if (mapped is null)
            {
                // The half-made file would only hold space that the caller was told it does not have.
                file.Dispose();
                _ = LibC.Unlink(path);
            }
        }
    }

    // When the kernel does not say, there may be others.
    private static unsafe bool HasOneName(SafeFileHandle file)
    {
        // struct statx, the same on every Linux: which fields are told u32, block size u32, attributes u64, names u32.
        const int Told = 0;
        const int Names = 4;
        uint* status = stackalloc uint[LibC.ExtendedStatusLength / sizeof(uint)];
        return LibC.ExtendedStatus(file, "", LibC.StatusOfHandle, LibC.StatusNames, status) == 0
            && (status[Told] & LibC.StatusNames) != 0 && status[Names] == 1;
    }

    // Blocks are really allocated: a hole under a mapping would turn a full disk into SIGBUS.
    private static void AllocateSpace(string operation, string path, SafeFileHandle file, long length)
    {
        while (LibC.Allocate(file, 0, 0, length) != 0)
        {
            int number = Marshal.GetLastPInvokeError();
            if (number == SystemErrors.NotSupported)
            {
                WriteZeros(operation, path, file, length);
                return;
            }

            if (number != SystemErrors.Interrupted)
            {
                throw SystemErrors.Create(operation, path, "fallocate", number);
            }
        }
    }

    private static void WriteZeros(string operation, string path, SafeFileHandle file, long length)
    {
        byte[] zeros = new byte[(int)Math.Min(length, ZeroChunkLength)];
        for (long at = 0; at < length;)
        {
            int count = (int)Math.Min(zeros.Length, length - at);
            at += WriteAt(operation, path, file, at, zeros.AsSpan(0, count));
        }
    }
}
