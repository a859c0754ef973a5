namespace Kevo.Replication.Session;

/// <summary>The answer to an acknowledgement or negative acknowledgement that reached the primary.</summary>
/// <param name="Success">Whether it was accepted; a refusal comes here, not as an exception.</param>
/// <param name="Message">The primary's reason for a refusal; else usually empty.</param>
public readonly record struct CallReply(bool Success, string Message);
