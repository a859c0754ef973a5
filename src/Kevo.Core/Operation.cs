namespace Kevo.Core;

/// <summary>What a log entry does to its key. The values are those of Kevo's entry payload (first byte).</summary>
public enum Operation : byte
{
    /// <summary>
    /// Store the value under the key. A put of an empty value makes the key present with an empty value.
    /// </summary>
    Put = 1,

    /// <summary>Remove the key. Deleting an absent key is a legal entry and takes a sequence number.</summary>
    Delete = 2,

    /// <summary>Defined by Kevo's format but written by none of its calls; applied like <see cref="Put"/>.</summary>
    Merge = 3,
}
