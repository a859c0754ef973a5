using Kevo.Replica.Configuration;

namespace Kevo.Replica.Supervision;

/// <summary>What a <see cref="Supervisor"/> asks of the daemon it watches over. Called from any thread.</summary>
internal sealed class SupervisedWork
{
    /// <summary>One line about what the daemon does.</summary>
    public required Func<string> Status { get; init; }

    /// <summary>Whether the work goes on; asked once a heartbeat.</summary>
    public Func<bool> IsAlive { get; init; } = static () => true;

    /// <summary>Called when the work is first found to hang.</summary>
    public Action Hangs { get; init; } = static () => { };

    /// <summary>Takes reloadable settings into use.</summary>
    public Action<EffectiveSettings> Apply { get; init; } = static _ => { };

    /// <summary>Looks at the certificate files; says how many endpoints have new certificates.</summary>
    public Func<int> RenewCertificates { get; init; } = static () => 0;
}
