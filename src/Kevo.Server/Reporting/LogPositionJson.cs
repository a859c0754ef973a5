using System.Text.Json;
using System.Text.Json.Serialization;
using Kevo.Core;

namespace Kevo.Server.Reporting;

/// <summary>A position as the text <c>EPOCH:SEQUENCE</c>: a JSON number could not carry every sequence.</summary>
public sealed class LogPositionJson : JsonConverter<LogPosition>
{
    /// <inheritdoc/>
    public override LogPosition Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        LogPosition.TryParse(reader.GetString(), out LogPosition position)
            ? position
            : throw new JsonException("A position is EPOCH:SEQUENCE.");

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, LogPosition value, JsonSerializerOptions options)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.WriteStringValue(value.ToString());
    }
}
