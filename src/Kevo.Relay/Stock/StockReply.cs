namespace Kevo.Relay.Stock;

/// <summary>The answer to an acknowledgement, positive or negative. The gRPC status is OK in both cases.</summary>
/// <param name="Success">Whether the primary says it did what was asked.</param>
/// <param name="Message">Its text; empty on success.</param>
public sealed record StockReply(bool Success, string Message)
{
    internal static StockReply Ok { get; } = new(true, "");

    internal static StockReply UnknownSession { get; } = new(false, "Unknown session");
}
