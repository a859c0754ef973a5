using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Kevo.Platform.Tls;

/// <summary>What the files of one endpoint held when they were read; null for a file that is not configured.</summary>
internal sealed record TlsFileContents(byte[]? Certificate, byte[]? Key, byte[]? Authority)
{
    /// <summary>A digest by which a later reading is told from this one.</summary>
    public byte[] Fingerprint()
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Span<byte> length = stackalloc byte[sizeof(int)];
        foreach (byte[]? content in (ReadOnlySpan<byte[]?>)[Certificate, Key, Authority])
        {
            BinaryPrimitives.WriteInt32LittleEndian(length, content?.Length ?? -1);
            hash.AppendData(length);
            hash.AppendData(content ?? []);
        }

        return hash.GetHashAndReset();
    }
}
