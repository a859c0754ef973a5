using Kevo.Core;
using Kevo.Replica.Commands;
using Kevo.Replica.Configuration;
using Kevo.Replica.Logging;
using Microsoft.Extensions.Logging;

namespace Kevo.Replica.Supervision;

/// <summary>
/// What both daemons share towards whoever runs them: the service manager is told when the process is ready, alive,
/// reloading and stopping, and SIGHUP reads settings and certificates again.
/// </summary>
internal sealed class Supervisor : IDisposable
{
    private readonly Invocation _invocation;
    private readonly EffectiveSettings _start;
    private readonly LogWriter _writer;
    private readonly ILogger _logger;
    private readonly ServiceManager _manager;
    private readonly ReloadSignal _signal = new();
    private readonly CancellationTokenRegistration _stopping;
    private Heartbeat? _heartbeat;
    private SettingsReload? _reload;

    /// <summary>Finds the service manager and takes over SIGHUP; neither hears anything yet.</summary>
    /// <param name="invocation">Environment, clock, and how settings are read again.</param>
    /// <param name="settings">The settings to begin with.</param>
    /// <param name="writer">The log, whose level a reload may change.</param>
    /// <param name="loggers">Where reloads are told.</param>
    /// <param name="stop">Cancelled when the process is asked to stop.</param>
    /// <exception cref="ConfigurationException">The environment names no usable manager.</exception>
    public Supervisor(
        Invocation invocation,
        EffectiveSettings settings,
        LogWriter writer,
        ILoggerFactory loggers,
        CancellationToken stop)
    {
        _start = settings;
        _invocation = invocation;
        _writer = writer;
        ILogger logger = loggers.CreateLogger<Supervisor>();
        _logger = logger;
        _manager = ServiceManager.From(
            invocation.Environment, Environment.ProcessId, invocation.Time,
            reason => SupervisionLog.ManagerLost(logger, reason));
        _stopping = stop.Register(_manager.Stopping);
    }

    /// <summary>The settings in effect, with what was reloaded so far.</summary>
    public EffectiveSettings Settings => _reload?.Current ?? _start;

    /// <summary>One line about a start that takes long.</summary>
    public void Starting(string status) => _manager.Status(status);

    /// <summary>The work cannot be done; said as long as the process lives, and kept by the manager.</summary>
    public void Failed(KevoException failure) => _manager.Status($"failed ({failure.Reason}): {failure.Message}");

    /// <summary>The daemon works: the manager is told, the watchdog is fed, and SIGHUP is heard.</summary>
    public void Started(SupervisedWork work)
    {
        var reload = new SettingsReload(
            _start,
            _invocation.ReadSettings,
            settings =>
            {
                _writer.Level = LogWriter.LevelOf(settings);
                work.Apply(settings);
            },
            work.RenewCertificates,
            _logger);
        _reload = reload;
        _manager.Ready(work.Status());
        _heartbeat = new Heartbeat(_manager, work.IsAlive, work.Status, work.Hangs, _invocation.Time);
        _signal.Listen(() =>
        {
            _manager.Reloading();
            reload.Run();
            _manager.Ready(work.Status());
        });
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _signal.Dispose();
        _heartbeat?.Dispose();
        _stopping.Dispose();
        _manager.Dispose();
    }
}
