namespace Kevo.Server.Reporting;

/// <summary>What is known about a stock primary, as status names it.</summary>
public static class PrimaryConditions
{
    /// <summary>Nothing yet; or a relay, which says by itself how it is.</summary>
    public const string Unknown = "unknown";

    /// <summary>It answers, and sends what it says it has.</summary>
    public const string Live = "live";

    /// <summary>It goes on writing but sends nothing any more, until it is restarted.</summary>
    public const string Rotated = "rotated";

    /// <summary>Its read service does not answer.</summary>
    public const string NotAnswering = "not-answering";

    /// <summary>It stops in good order and takes no connections any more.</summary>
    public const string Stopping = "stopping";

    /// <summary>
    /// It was restarted and says no number before its first write, which a comparison has to wait for.
    /// </summary>
    public const string Restarted = "restarted";

    /// <summary>The way to it is too long to listen to it without harm; no stream is open.</summary>
    public const string TooFar = "too-far";

    /// <summary>No stream is open: it cannot be reached, refuses, or broke off.</summary>
    public const string Unreachable = "unreachable";
}
