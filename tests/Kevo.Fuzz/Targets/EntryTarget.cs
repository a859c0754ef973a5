using System.Buffers.Binary;
using Kevo.Core;
using Kevo.Fuzz.Engine;

namespace Kevo.Fuzz.Targets;

/// <summary>Entry payloads: what is accepted must be exactly what writing the same entry gives.</summary>
internal sealed class EntryTarget : IFuzzTarget
{
    /// <inheritdoc/>
    public string Name => "entry";

    /// <inheritdoc/>
    public byte[] Generate(Random random) => AnyPayload(random, (ulong)random.NextInt64() >> random.Next(64));

    /// <inheritdoc/>
    public ulong Run(ReadOnlySpan<byte> input)
    {
        Signature signature = new();
        EntryFault fault = WalEntry.TryParse(input, out WalEntry entry);
        signature.Add((int)fault);
        if (fault != EntryFault.None)
        {
            return signature.Value;
        }

        byte[] again = new byte[WalEntry.PayloadLength(entry.Operation, entry.Key.Length, entry.Value.Length)];
        int length = WalEntry.Write(again, entry.Operation, entry.Sequence, entry.Key, entry.Value);
        FuzzFindingException.Unless(length == again.Length, "the length written is not the length foretold");
        FuzzFindingException.Unless(input.SequenceEqual(again), "an accepted payload is not what writing it gives");
        WalEntry verified = WalEntry.FromVerified(input);
        FuzzFindingException.Unless(
            verified.Key.SequenceEqual(entry.Key) && verified.Value.SequenceEqual(entry.Value),
            "the same payload was viewed in two ways");
        FuzzFindingException.Unless(!entry.Key.IsEmpty && entry.Sequence != 0, "an empty key or a sequence of 0");
        signature.Add((int)entry.Operation);
        signature.AddMagnitude((ulong)entry.Key.Length);
        signature.AddMagnitude((ulong)entry.Value.Length);
        return signature.Value;
    }

    /// <summary>A payload that is valid, or nearly.</summary>
    internal static byte[] AnyPayload(Random random, ulong sequence)
    {
        byte[] key = new byte[random.Next(random.Next(8) == 0 ? 600 : 20)];
        byte[] value = new byte[random.Next(random.Next(4) == 0 ? 3000 : 60)];
        random.NextBytes(key);
        value.AsSpan().Fill((byte)random.Next(256));
        random.NextBytes(value.AsSpan(0, random.Next(value.Length + 1)));
        Operation operation = (Operation)random.Next(1, 4);
        byte[] payload = new byte[WalEntry.PayloadLength(operation, key.Length, value.Length)];
        WalEntry.Write(payload, operation, sequence, key, value);
        switch (random.Next(12))
        {
            case 0:
                payload[0] = (byte)random.Next(256);
                break;
            case 1:
                BinaryPrimitives
                    .WriteUInt32LittleEndian(payload.AsSpan(9), (uint)random.Next(-3, 4) + (uint)key.Length);
                break;
            case 2:
                BinaryPrimitives.WriteUInt32LittleEndian(payload.AsSpan(9), (uint)random.NextInt64());
                break;
            case 3:
                return payload[..random.Next(payload.Length)];
        }

        return payload;
    }
}
