using System.Buffers;
using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using Kevo.Replica.Terminal;
using Microsoft.IO;

namespace Kevo.Replica.Logging;

/// <summary>Lines for machines: one JSON object each, with the values of the sentence under "data".</summary>
internal sealed class JsonLogForm : ILogForm
{
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <inheritdoc/>
    public string Format(in LogRecord record)
    {
        using RecyclableMemoryStream buffer = JsonBuffers.Rent();
        using (var json = new Utf8JsonWriter((IBufferWriter<byte>)buffer, Options))
        {
            json.WriteStartObject();
            json.WriteString("time", record.Time.UtcDateTime);
            json.WriteString("level", record.Level.ToString().ToLowerInvariant());
            json.WriteNumber("event", record.Event.Id);
            json.WriteString("name", record.Event.Name);
            json.WriteString("category", record.Category);
            json.WriteString("message", record.Message);
            WriteValues(json, record.Values);
            if (record.Suppressed > 0)
            {
                json.WriteNumber("suppressed", record.Suppressed);
            }

            if (record.Error is not null)
            {
                json.WriteString("error", record.Error.ToString());
            }

            json.WriteEndObject();
        }

        return JsonBuffers.TextOf(buffer);
    }

    private static void WriteValues(Utf8JsonWriter json, IReadOnlyList<KeyValuePair<string, object?>>? values)
    {
        if (values is null)
        {
            return;
        }

        json.WriteStartObject("data");
        foreach ((string name, object? value) in values)
        {
            if (name != "{OriginalFormat}")
            {
                WriteValue(json, name, value);
            }
        }

        json.WriteEndObject();
    }

    private static void WriteValue(Utf8JsonWriter json, string name, object? value)
    {
        switch (value)
        {
            case null:
                json.WriteNull(name);
                break;
            case bool truth:
                json.WriteBoolean(name, truth);
                break;
            case int number:
                json.WriteNumber(name, number);
                break;
            case long number:
                json.WriteNumber(name, number);
                break;
            case ulong number:
                json.WriteNumber(name, number);
                break;
            case double number when double.IsFinite(number):
                json.WriteNumber(name, number);
                break;
            case IFormattable formattable:
                json.WriteString(name, formattable.ToString(null, CultureInfo.InvariantCulture));
                break;
            default:
                json.WriteString(name, value.ToString());
                break;
        }
    }
}
