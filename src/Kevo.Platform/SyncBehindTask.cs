namespace Kevo.Platform;

/// <summary>Syncs one range of a mapped file at a time while its owner goes on.</summary>
internal sealed class SyncBehindTask(MappedFile file) : DiskTask
{
    private string _operation = "";
    private long _offset;
    private long _length;

    /// <summary>Takes a sync, to be finished by <see cref="DiskTask.Finish"/> before the next is started.</summary>
    public void Start(string operation, long offset, long length)
    {
        RequireIdle();
        (_operation, _offset, _length) = (operation, offset, length);
        Start();
    }

    /// <inheritdoc/>
    public override string ToString() => $"A sync of {file.Path}";

    /// <inheritdoc/>
    protected override void Work() => file.Sync(_operation, _offset, _length);
}
