namespace Kevo.Relay.Stock;

/// <summary>A memtable or, once flushed, a table of the simulated primary: the winning version of each key.</summary>
internal sealed class StockMemtable
{
    private readonly SortedDictionary<byte[], StockVersion> _versions = new(ByteKeyComparer.Instance);

    public IReadOnlyDictionary<byte[], StockVersion> Versions => _versions;

    /// <summary>Key and value bytes and 16 more of every version ever put in; stock's measure of fullness.</summary>
    public long Size { get; private set; }

    public void Insert(byte[] key, StockVersion version)
    {
        Size += key.Length + (version.Value?.Length ?? 0) + 16;
        if (!_versions.TryGetValue(key, out StockVersion held) || version.Number >= held.Number)
        {
            _versions[key] = version;
        }
    }

    public bool TryGet(byte[] key, out StockVersion version) => _versions.TryGetValue(key, out version);

    /// <summary>The same keys as a table holds them: an empty value cannot be told from a deletion there.</summary>
    public StockMemtable ToTable(bool emptyValuesAreDeletions)
    {
        var table = new StockMemtable();
        foreach ((byte[] key, StockVersion version) in _versions)
        {
            byte[]? value = version.Value is { Length: 0 } && emptyValuesAreDeletions ? null : version.Value;
            table.Insert(key, version with { Value = value, Replayed = true });
        }

        return table;
    }
}
