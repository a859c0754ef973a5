using System.Buffers.Binary;
using System.IO.Hashing;
using Kevo.Core;
using Kevo.Fuzz.Engine;
using Kevo.Storage.Tables;
using Kevo.Testing.Disk;

namespace Kevo.Fuzz.Targets;

/// <summary>
/// Filters beside tables. The first byte says whether the checksums are made right again, the second how much is cut
/// off; then come edits. Without mended checksums an accepted filter denies no key that it was made of.
/// </summary>
internal sealed class FilterTarget : IFuzzTarget
{
    private const int HeaderLength = 2;
    private const int Keys = 100;
    private const ulong Identity = 4711;
    private const string Path = "/table.filter";

    private readonly byte[] _known;

    /// <summary>Writes the known filter.</summary>
    public FilterTarget()
    {
        var builder = new TableFilterBuilder();
        for (int key = 0; key < Keys; key++)
        {
            builder.Add([(byte)key]);
        }

        var disk = new SimulatedFileSystem();
        builder.Write(disk, Path, Identity);
        _known = disk.ReadAllBytes("FUZZ:READ", Path, 1 << 20);
    }

    /// <inheritdoc/>
    public string Name => "filter";

    /// <inheritdoc/>
    public byte[] Generate(Random random) => DiskBytes.AnyEditsAndCut(random, cutOneIn: 6);

    /// <inheritdoc/>
    public ulong Run(ReadOnlySpan<byte> input)
    {
        Signature signature = new();
        if (input.Length < HeaderLength)
        {
            return signature.Value;
        }

        byte[] bytes = (byte[])_known.Clone();
        DiskBytes.Edit(input[HeaderLength..], bytes);
        bool mended = input[0] % 2 == 1;
        if (mended)
        {
            Mend(bytes);
        }

        var disk = new SimulatedFileSystem();
        DiskBytes.Write(disk, Path, bytes.AsSpan(0, bytes.Length - (input[1] % bytes.Length)));
        try
        {
            using TableFilter filter = TableFilter.Open(disk, Path, Identity);
            int held = 0;
            for (int key = 0; key < Keys; key++)
            {
                held += filter.MayContain([(byte)key]) ? 1 : 0;
            }

            signature.AddMagnitude((ulong)held);
            FuzzFindingException.Unless(mended || held == Keys, "a damaged filter denies keys");
        }
        catch (StorageException error) when (error.Fault is StorageFault.Corrupt or StorageFault.UnknownVersion)
        {
            signature.Add(error);
        }

        return signature.Value;
    }

    private static void Mend(byte[] bytes)
    {
        Span<byte> header = bytes.AsSpan(0, TableFilterFormat.HeaderLength);
        BinaryPrimitives.WriteUInt64LittleEndian(
            header[TableFilterFormat.HeaderChecksumOffset..],
            XxHash64.HashToUInt64(header[..TableFilterFormat.HeaderChecksumOffset]));
        Span<byte> body = bytes.AsSpan(TableFilterFormat.HeaderLength..^TableFilterFormat.TrailerLength);
        BinaryPrimitives.WriteUInt64LittleEndian(
            bytes.AsSpan(bytes.Length - TableFilterFormat.TrailerLength), XxHash64.HashToUInt64(body));
    }
}
