using System.Globalization;
using Google.Protobuf;

namespace Kevo.EndToEnd.Tests.Opponents;

/// <summary>One span as a collector reads it from the wire, with what it says of the process it came from.</summary>
internal sealed class ReceivedSpan
{
    /// <summary>The value that the status of a failed span has.</summary>
    public const int Error = 2;

    /// <summary>Who sent it: attributes of the resource.</summary>
    public IReadOnlyDictionary<string, string> Resource { get; private set; } = null!;

    /// <summary>The source it is of.</summary>
    public string Scope { get; private set; } = "";

    /// <summary>Its trace, in hexadecimal digits.</summary>
    public string TraceId { get; private set; } = "";

    /// <summary>Its own id, in hexadecimal digits.</summary>
    public string SpanId { get; private set; } = "";

    /// <summary>The span it belongs to; empty for none.</summary>
    public string ParentId { get; private set; } = "";

    /// <summary>Its name.</summary>
    public string Name { get; private set; } = "";

    /// <summary>1 internal, 2 server, 3 client.</summary>
    public long Kind { get; private set; }

    /// <summary>When it began, in nanoseconds since 1970.</summary>
    public ulong Start { get; private set; }

    /// <summary>When it ended, in nanoseconds since 1970.</summary>
    public ulong End { get; private set; }

    /// <summary>0 unset, 1 ok, 2 error.</summary>
    public long Status { get; private set; }

    /// <summary>The text of the status.</summary>
    public string StatusMessage { get; private set; } = "";

    /// <summary>Its attributes; numbers as text.</summary>
    public Dictionary<string, string> Attributes { get; } = [];

    /// <summary>Reads an ExportTraceServiceRequest.</summary>
    public static List<ReceivedSpan> ReadRequest(byte[] message)
    {
        List<ReceivedSpan> spans = [];
        foreach ((int _, ByteString resourceSpans) in Messages(message, 1))
        {
            Dictionary<string, string> resource = [];
            foreach ((int _, ByteString described) in Messages(resourceSpans.ToByteArray(), 1))
            {
                ReadAttributes(described, 1, resource);
            }

            foreach ((int _, ByteString scopeSpans) in Messages(resourceSpans.ToByteArray(), 2))
            {
                byte[] scope = scopeSpans.ToByteArray();
                string name = Messages(scope, 1)
                    .SelectMany(each => Messages(each.Value.ToByteArray(), 1)).First().Value.ToStringUtf8();
                spans.AddRange(Messages(scope, 2).Select(each => Read(each.Value, name, resource)));
            }
        }

        return spans;
    }

    /// <inheritdoc/>
    public override string ToString() =>
        $"{Name} {string.Join(' ', Attributes.Select(each => $"{each.Key}={each.Value}"))} {StatusMessage}";

    private static ReceivedSpan Read(ByteString bytes, string scope, Dictionary<string, string> resource)
    {
        var span = new ReceivedSpan { Scope = scope, Resource = resource };
        using CodedInputStream input = bytes.CreateCodedInput();
        while (input.ReadTag() is var tag and not 0)
        {
            switch (WireFormat.GetTagFieldNumber(tag))
            {
                case 1:
                    span.TraceId = Convert.ToHexStringLower(input.ReadBytes().Span);
                    break;
                case 2:
                    span.SpanId = Convert.ToHexStringLower(input.ReadBytes().Span);
                    break;
                case 4:
                    span.ParentId = Convert.ToHexStringLower(input.ReadBytes().Span);
                    break;
                case 5:
                    span.Name = input.ReadString();
                    break;
                case 6:
                    span.Kind = input.ReadInt64();
                    break;
                case 7:
                    span.Start = input.ReadFixed64();
                    break;
                case 8:
                    span.End = input.ReadFixed64();
                    break;
                case 9:
                    ReadAttribute(input.ReadBytes(), span.Attributes);
                    break;
                case 15:
                    span.ReadStatus(input.ReadBytes());
                    break;
                default:
                    input.SkipLastField();
                    break;
            }
        }

        return span;
    }

    private void ReadStatus(ByteString bytes)
    {
        using CodedInputStream input = bytes.CreateCodedInput();
        while (input.ReadTag() is var tag and not 0)
        {
            switch (WireFormat.GetTagFieldNumber(tag))
            {
                case 2:
                    StatusMessage = input.ReadString();
                    break;
                case 3:
                    Status = input.ReadInt64();
                    break;
                default:
                    input.SkipLastField();
                    break;
            }
        }
    }

    private static void ReadAttributes(ByteString message, int field, Dictionary<string, string> into)
    {
        foreach ((int _, ByteString attribute) in Messages(message.ToByteArray(), field))
        {
            ReadAttribute(attribute, into);
        }
    }

    // A KeyValue: a name, and an AnyValue that is a text or a number here.
    private static void ReadAttribute(ByteString bytes, Dictionary<string, string> into)
    {
        string name = Messages(bytes.ToByteArray(), 1).Single().Value.ToStringUtf8();
        using CodedInputStream value = Messages(bytes.ToByteArray(), 2).Single().Value.CreateCodedInput();
        uint tag = value.ReadTag();
        into[name] = WireFormat.GetTagFieldNumber(tag) == 1
            ? value.ReadString()
            : value.ReadInt64().ToString(CultureInfo.InvariantCulture);
    }

    private static List<(int Field, ByteString Value)> Messages(byte[] message, int wanted)
    {
        List<(int, ByteString)> found = [];
        using var input = new CodedInputStream(message);
        while (input.ReadTag() is var tag and not 0)
        {
            if (WireFormat.GetTagFieldNumber(tag) == wanted)
            {
                found.Add((wanted, input.ReadBytes()));
            }
            else
            {
                input.SkipLastField();
            }
        }

        return found;
    }
}
