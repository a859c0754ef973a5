using Kevo.Replica.Demo;

namespace Kevo.EndToEnd.Tests.Processes;

/// <summary>The words of <c>run</c> that tests share.</summary>
internal static class RunWords
{
    /// <summary>Follows a primary with short waits and JSON log lines; listens nowhere.</summary>
    public static IEnumerable<string> Follow(IDemoPrimary primary, string data, params IEnumerable<string> more) =>
    [
        .. Quiet(data), .. primary.ReplicaFlags, "--retry-base-delay", "5ms", "--retry-max-delay", "200ms", .. more,
    ];

    /// <summary>Follows an address, and gives up after two attempts.</summary>
    public static IEnumerable<string> FollowBriefly(string address, string data, params IEnumerable<string> more) =>
    [
        .. Quiet(data), "--primary", address, "--retry-base-delay", "5ms", "--exit-when-unreachable", "--max-retries",
            "2",
        "--dial-timeout", "5s", .. more,
    ];

    /// <summary>A replica that listens nowhere.</summary>
    public static IEnumerable<string> Quiet(string data) =>
        ["run", "--data", data, "--listen", "off", "--admin", "off", "--log-format", "json"];
}
