using Kevo.Fuzz.Engine;
using Kevo.Fuzz.Targets;

namespace Kevo.Fuzz;

/// <summary>Every target there is. A new one is added to this list and has a row in the README.</summary>
internal static class FuzzTargets
{
    /// <summary>Names, in the order in which they run.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. Create().Select(target => target.Name)];

    /// <summary>Fresh targets: what one run leaves behind in them must not reach the next.</summary>
    public static IReadOnlyList<IFuzzTarget> Create() =>
    [
        new EntryTarget(),
        new StreamResponseTarget(),
        new StreamResponseWriterTarget(),
        new PayloadDecoderTarget(),
        new ZstdTarget(),
        new SnappyTarget(),
        new RelayHeadersTarget(),
        new LogRecoveryTarget(),
        new TableTarget(),
        new FilterTarget(),
        new CheckpointTarget(),
        new StockWalTarget(),
        new StockManifestTarget(),
        new ServicesTarget(),
        new StreamRequestsTarget(),
        new ConnectionsTarget(),
        new AdminTarget(),
    ];

    /// <summary>One fresh target, or null when there is none of that name.</summary>
    public static IFuzzTarget? Create(string name) =>
        Create().FirstOrDefault(target => string.Equals(target.Name, name, StringComparison.Ordinal));
}
