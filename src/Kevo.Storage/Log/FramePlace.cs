namespace Kevo.Storage.Log;

/// <summary>A place in a frame, between two entries.</summary>
/// <param name="Offset">Bytes from the beginning of the frame.</param>
/// <param name="EntriesLeft">Entries behind it.</param>
internal readonly record struct FramePlace(int Offset, int EntriesLeft);
