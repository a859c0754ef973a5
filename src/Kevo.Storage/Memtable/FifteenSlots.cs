using System.Runtime.CompilerServices;

namespace Kevo.Storage.Memtable;

/// <summary>
/// The slots of a node, inside the node. Fifteen is what <see cref="Permutation"/> can order in one word.
/// </summary>
[InlineArray(Permutation.Capacity)]
internal struct FifteenSlots<T>
{
    private T _first;
}
