namespace Kevo.Storage.Tables;

/// <summary>What one step of a <see cref="BlockDecoder"/> found.</summary>
internal enum BlockStep
{
    /// <summary>An entry.</summary>
    Entry,

    /// <summary>The regular end of the block.</summary>
    End,

    /// <summary>Lengths or restart offsets that contradict the block.</summary>
    Malformed,
}
