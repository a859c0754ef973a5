using Google.Protobuf;
using Google.Protobuf.Collections;
using Kevo.Wire.Contracts.Client;

namespace Kevo.Server.Reads;

/// <summary>The limits stock Kevo puts on requests, checked in its order and before anything else.</summary>
internal static class RequestRules
{
    /// <summary>Longest key a client may name, in bytes.</summary>
    public const int MaxKeyLength = 4096;

    /// <summary>Longest value a client may write, in bytes.</summary>
    public const int MaxValueLength = 10 << 20;

    /// <summary>Most operations in one BatchWrite.</summary>
    public const int MaxBatchOperations = 1000;

    public static void CheckKey(ByteString key)
    {
        if (IsBad(key))
        {
            throw Refusals.InvalidKeySize();
        }
    }

    public static void CheckValue(ByteString value)
    {
        if (value.Length > MaxValueLength)
        {
            throw Refusals.ValueTooLarge();
        }
    }

    public static void CheckBatch(RepeatedField<Operation> operations)
    {
        if (operations.Count > MaxBatchOperations)
        {
            throw Refusals.BatchTooLarge();
        }

        foreach (Operation operation in operations)
        {
            if (IsBad(operation.Key))
            {
                throw Refusals.InvalidKeySizeInBatch();
            }

            switch (operation.Type)
            {
                case Operation.Types.Type.Put when operation.Value.Length > MaxValueLength:
                    throw Refusals.ValueTooLargeInBatch();
                case Operation.Types.Type.Put:
                case Operation.Types.Type.Delete:
                    break;
                default:
                    throw Refusals.UnknownOperation();
            }
        }
    }

    private static bool IsBad(ByteString key) => key.Length is 0 or > MaxKeyLength;
}
