namespace Kevo.Wire.Codecs;

/// <summary>Why a frame could not be decompressed. <see cref="None"/> means it was.</summary>
public enum CodecFault
{
    /// <summary>The whole frame was decompressed.</summary>
    None = 0,

    /// <summary>The bytes are no complete, undamaged frame of this codec.</summary>
    Malformed,

    /// <summary>The content does not fit the destination.</summary>
    TooLarge,
}
