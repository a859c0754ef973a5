using BenchmarkDotNet.Attributes;
using Kevo.Platform;

namespace Kevo.Benchmarks;

/// <summary>The calls of the platform that lie on the way of data: appending, and looking into a mapping.</summary>
[MemoryDiagnoser]
public class FileAccess
{
    private const int MappedLength = 1 << 20;
    private const int PieceLength = 4096;
    private const int Pieces = 256;

    private readonly byte[] _piece = new byte[PieceLength];
    private string _directory = "";
    private IMappedFile _mapped = null!;
    private int _next;

    /// <summary>Makes a file and maps it.</summary>
    [GlobalSetup]
    public void Setup()
    {
        _directory = Directory.CreateTempSubdirectory("kevo-bench-").FullName;
        _mapped = LinuxFileSystem.Instance.CreateMapped(
            "BENCH:CREATE", Path.Combine(_directory, "mapped"), MappedLength);
    }

    /// <summary>Removes everything.</summary>
    [GlobalCleanup]
    public void Cleanup()
    {
        _mapped.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    /// <summary>Writes 1 MiB in pieces of a page, per piece; making and removing the file is part of it.</summary>
    [Benchmark(OperationsPerInvoke = Pieces)]
    public long Append()
    {
        string path = Path.Combine(_directory, "appended");
        long length;
        using (IAppendFile file = LinuxFileSystem.Instance.CreateAppend("BENCH:CREATE", path))
        {
            for (int i = 0; i < Pieces; i++)
            {
                file.Append("BENCH:APPEND", _piece);
            }

            length = file.Length;
        }

        LinuxFileSystem.Instance.Delete("BENCH:DELETE", path);
        return length;
    }

    /// <summary>A checked view of a page of a mapping.</summary>
    [Benchmark]
    public int ReadMapped()
    {
        _next = (_next + PieceLength) % MappedLength;
        return _mapped.Read(_next, PieceLength)[0];
    }

    /// <summary>A page written through the file of a mapping.</summary>
    [Benchmark]
    public void WriteThrough()
    {
        _next = (_next + PieceLength) % MappedLength;
        _mapped.WriteThrough("BENCH:WRITE", _next, _piece);
    }
}
