using Kevo.Core;

namespace Kevo.Storage.Log;

/// <summary>One entry met while a log is dumped. Valid only during the call that hands it over.</summary>
public readonly ref struct InspectedEntry
{
    internal InspectedEntry(string path, long frameOffset, LogAddress address, LogPosition position, WalEntry entry)
    {
        Path = path;
        FrameOffset = frameOffset;
        Address = address;
        Position = position;
        Entry = entry;
    }

    /// <summary>The segment file.</summary>
    public string Path { get; }

    /// <summary>Where the entry's frame starts in the file.</summary>
    public long FrameOffset { get; }

    /// <summary>Where the entry's payload lies.</summary>
    public LogAddress Address { get; }

    /// <summary>Its epoch and sequence.</summary>
    public LogPosition Position { get; }

    /// <summary>The entry.</summary>
    public WalEntry Entry { get; }
}
