using System.Text.Json.Serialization;

namespace Kevo.Server.Reporting;

/// <summary>Reads and writes the documents of the admin endpoint, without reflection.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    Converters = [typeof(LogPositionJson), typeof(TimeSpanSecondsJson)])]
[JsonSerializable(typeof(StatusDocument))]
[JsonSerializable(typeof(ReadinessReport))]
public sealed partial class StatusJson : JsonSerializerContext;
