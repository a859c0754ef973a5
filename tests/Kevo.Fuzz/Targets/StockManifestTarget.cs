using System.Text;
using Kevo.Core;
using Kevo.Fuzz.Engine;
using Kevo.Storage.Kevo;

namespace Kevo.Fuzz.Targets;

/// <summary>
/// Manifests of stock Kevo, as JSON text: refused as corrupt, or accepted, and then written and read again the same.
/// </summary>
internal sealed class StockManifestTarget : IFuzzTarget
{
    private const string Path = "/data/MANIFEST";

    private static readonly string[] Values =
        ["0", "-1", "1.5", "1e3", "9223372036854775807", "9223372036854775808", "null", "\"x\"", "[]", "{}", "true",
            "1e999"];

    /// <inheritdoc/>
    public string Name => "stock-manifest";

    /// <inheritdoc/>
    public double Weight => 0.2;

    /// <inheritdoc/>
    public byte[] Generate(Random random)
    {
        StockManifest manifest = new() { WalDirectory = "/data/wal", TableDirectory = "/data/sst" };
        byte[] json = manifest.ToJson();
        if (random.Next(2) == 0)
        {
            return json;
        }

        string text = Encoding.UTF8.GetString(json);
        int colon = text.IndexOf(':', random.Next(text.Length));
        int end = colon < 0 ? -1 : text.IndexOfAny([',', '}'], colon);
        return end < 0
            ? json : Encoding.UTF8.GetBytes(text[..(colon + 1)] + Values[random.Next(Values.Length)] + text[end..]);
    }

    /// <inheritdoc/>
    public ulong Run(ReadOnlySpan<byte> input)
    {
        Signature signature = new();
        try
        {
            StockManifest manifest = StockManifest.Parse(input, Path);
            signature.Add(1);
            FuzzFindingException.Unless(
                StockManifest.Parse(manifest.ToJson(), Path) == manifest, "a manifest does not come back");
        }
        catch (StorageException error) when (error.Fault == StorageFault.Corrupt)
        {
            signature.Add(error);
        }

        return signature.Value;
    }
}
