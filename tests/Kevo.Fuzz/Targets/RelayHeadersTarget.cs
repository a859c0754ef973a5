using System.Text;
using Grpc.Core;
using Kevo.Core;
using Kevo.Fuzz.Engine;
using Kevo.Wire;

namespace Kevo.Fuzz.Targets;

/// <summary>
/// The metadata beside the messages. The input is lines of <c>name: value</c>; lines that gRPC itself would not carry
/// are left out. What is accepted, written and read again must be the same.
/// </summary>
internal sealed class RelayHeadersTarget : IFuzzTarget
{
    private static readonly string[] Names =
    [
        RelayHeaders.SessionId, RelayHeaders.Relay, RelayHeaders.NodeId, RelayHeaders.Epoch,
        RelayHeaders.FirstSequence, RelayHeaders.LastSequence, RelayHeaders.Path,
    ];

    private static readonly string[] Values =
    [
        "1", "2", "0", "17", "18446744073709551615", "18446744073709551616", "18446744073708551614", "-1", "+1", " 1",
            "",
        "a", "a,b,c", "a,,b", "node-1", "node 1", "replica-1700000000000000000", ",", "1.5", "1e3", "0x10",
    ];

    /// <inheritdoc/>
    public string Name => "relay-headers";

    /// <inheritdoc/>
    public byte[] Generate(Random random)
    {
        StringBuilder text = new("kevo-relay: 1\nkevo-node-id: a\n");
        text.Append("kevo-epoch: 3\nkevo-first-sequence: 1\nkevo-last-sequence: 9\n");
        for (int i = random.Next(3); i > 0; i--)
        {
            text.Append(Names[random.Next(Names.Length)]).Append(": ").Append(Values[random.Next(Values.Length)])
                .Append('\n');
        }

        return Encoding.Latin1.GetBytes(text.ToString());
    }

    /// <inheritdoc/>
    public ulong Run(ReadOnlySpan<byte> input)
    {
        Metadata headers = Headers(input);
        Signature signature = new();
        try
        {
            signature.Add(RelayHeaders.ReadSessionId(headers) is null ? 0 : 1);
        }
        catch (ProtocolException error)
        {
            signature.Add(error);
        }

        try
        {
            CheckRelay(headers, ref signature);
        }
        catch (ProtocolException error)
        {
            signature.Add(error);
        }

        try
        {
            CheckReplica(headers, ref signature);
        }
        catch (ProtocolException error)
        {
            signature.Add(error);
        }

        return signature.Value;
    }

    private static void CheckRelay(Metadata headers, ref Signature signature)
    {
        RelayAnnouncement? relay = RelayAnnouncement.Read(headers);
        signature.Add(relay is null ? 0 : 1);
        if (relay is null)
        {
            return;
        }

        FuzzFindingException.Unless(relay.Epoch > 0 && relay.LeadsTo(relay.NodeId), "a relay without epoch or name");
        Metadata again = [];
        relay.WriteTo(again);
        RelayAnnouncement? same = RelayAnnouncement.Read(again);
        FuzzFindingException.Unless(
            same is not null && (same with { Path = relay.Path }) == relay && same.Path.SequenceEqual(relay.Path),
            "an announcement does not come back");
    }

    private static void CheckReplica(Metadata headers, ref Signature signature)
    {
        ReplicaAnnouncement? replica = ReplicaAnnouncement.Read(headers);
        signature.Add(replica is null ? 0 : 1);
        if (replica is not null)
        {
            Metadata again = [];
            replica.WriteTo(again);
            FuzzFindingException
                .Unless(ReplicaAnnouncement.Read(again) == replica, "an announcement does not come back");
        }
    }

    private static Metadata Headers(ReadOnlySpan<byte> input)
    {
        Metadata headers = [];
        foreach (string line in Encoding.Latin1.GetString(input).Split('\n'))
        {
            int colon = line.IndexOf(": ", StringComparison.Ordinal);
            if (colon <= 0 || line.AsSpan(0, colon).EndsWith("-bin"))
            {
                continue;
            }

            try
            {
                headers.Add(line[..colon], line[(colon + 2)..]);
            }
            catch (ArgumentException)
            {
                // gRPC refuses the name or the value, so it can never arrive.
            }
        }

        return headers;
    }
}
