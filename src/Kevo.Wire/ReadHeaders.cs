using Grpc.Core;
using Kevo.Core;

namespace Kevo.Wire;

/// <summary>The metadata beside the answers of our read service that other nodes read too.</summary>
public static class ReadHeaders
{
    /// <summary>Response header of every read: the position the answer reflects, as <c>EPOCH:SEQUENCE</c>.</summary>
    public const string Position = "kevo-position";

    /// <summary>The position that the headers of an answer name; null when they name none.</summary>
    /// <exception cref="ProtocolException">It has another form, or was sent more than once.</exception>
    public static LogPosition? PositionOf(Metadata headers)
    {
        string? text = RelayHeaders.Single(headers, Position);
        if (text is null)
        {
            return null;
        }

        return LogPosition.TryParse(text, out LogPosition position) ? position : throw RelayHeaders.Bad(Position, text);
    }
}
