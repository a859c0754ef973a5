using System.IO.MemoryMappedFiles;

namespace Kevo.EndToEnd.Tests.Soaking;

/// <summary>The time of day of a process of the tests' build, which can be set while it runs.</summary>
internal sealed class ProcessClock : IDisposable
{
    private readonly MemoryMappedFile _file;
    private readonly MemoryMappedViewAccessor _view;

    /// <param name="path">A file for the process and this one to share.</param>
    public ProcessClock(string path)
    {
        _file = MemoryMappedFile.CreateFromFile(path, FileMode.CreateNew, mapName: null, sizeof(long));
        _view = _file.CreateViewAccessor();
        Variable = ("KEVO_TEST_CLOCK", path);
    }

    /// <summary>What the process has to be started with.</summary>
    public (string Name, string Value) Variable { get; }

    /// <summary>How far the time of day is from the true one.</summary>
    public TimeSpan Offset
    {
        get => TimeSpan.FromTicks(_view.ReadInt64(0));
        set => _view.Write(0, value.Ticks);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _view.Dispose();
        _file.Dispose();
    }
}
