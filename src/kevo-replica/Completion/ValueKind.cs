namespace Kevo.Replica.Completion;

/// <summary>What a shell may offer as the value of a flag.</summary>
internal enum ValueKind
{
    /// <summary>The flag takes no value.</summary>
    None,

    /// <summary>Nothing can be offered.</summary>
    Any,

    /// <summary>One of a few words.</summary>
    Words,

    /// <summary>A file.</summary>
    File,

    /// <summary>A directory.</summary>
    Directory,
}
