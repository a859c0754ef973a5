namespace Kevo.EndToEnd.Tests.Processes;

/// <summary>The words of <c>run</c> that tests share.</summary>
internal static class RunWords
{
    /// <summary>Follows an address with short waits and JSON log lines; listens nowhere.</summary>
    public static IEnumerable<string> Follow(string primary, string data, params IEnumerable<string> more) =>
    [
        "run", "--primary", primary, "--data", data, "--listen", "off", "--admin", "off", "--log-format", "json",
        "--retry-base-delay", "5ms", "--retry-max-delay", "200ms", .. more,
    ];

    /// <summary>Like <see cref="Follow"/>, but gives up after two attempts.</summary>
    public static IEnumerable<string> FollowBriefly(string primary, string data, params IEnumerable<string> more) =>
        Follow(primary, data, ["--exit-when-unreachable", "--max-retries", "2", "--dial-timeout", "2s", .. more]);
}
