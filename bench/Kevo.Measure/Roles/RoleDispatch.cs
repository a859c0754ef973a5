namespace Kevo.Measure.Roles;

/// <summary>Finds the role that a child process plays.</summary>
public static class RoleDispatch
{
    /// <summary>Runs the named role; its exit code.</summary>
    public static Task<int> RunAsync(string role, IReadOnlyList<string> arguments) => role switch
    {
        "relay" => RelayRole.RunAsync(arguments),
        "paced-relay" => PacedRelayRole.RunAsync(arguments),
        "latency-replica" => LatencyReplicaRole.RunAsync(arguments),
        "apply" => ApplyRole.RunAsync(arguments),
        "replica" => ReplicaRole.RunAsync(arguments),
        "reads" => ReadServerRole.RunAsync(arguments),
        "stock-primary" => StockPrimaryRole.RunAsync(arguments),
        "stock-replica" => StockReplicaRole.RunAsync(arguments),
        "sidecar" => SidecarRole.RunAsync(arguments),
        "sidecar-latency" => SidecarLatencyRole.RunAsync(arguments),
        "receive" => ReceiveRole.RunAsync(arguments),
        "echo" => EchoServerRole.RunAsync(arguments),
        "grow" => GrowRole.RunAsync(arguments),
        "reopen" => ReopenRole.RunAsync(arguments),
        "overwrite" => OverwriteRole.RunAsync(arguments),
        "log-scan" => LogScanRole.RunAsync(arguments),
        "scan-load" => ScanLoadRole.RunAsync(arguments),
        "get-load" => GetLoadRole.RunAsync(arguments),
        _ => throw new ArgumentException($"There is no role '{role}'.", nameof(role)),
    };
}
