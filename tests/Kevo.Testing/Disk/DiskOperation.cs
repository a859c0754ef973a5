namespace Kevo.Testing.Disk;

/// <summary>One call to the disk.</summary>
/// <param name="Name">The operation name, <c>ROOM:STEP</c>.</param>
/// <param name="Path">The file or directory.</param>
public readonly record struct DiskOperation(string Name, string Path);
