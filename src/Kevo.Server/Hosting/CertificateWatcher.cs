using Kevo.Core;
using Kevo.Platform.Tls;
using Microsoft.Extensions.Logging;

namespace Kevo.Server.Hosting;

/// <summary>
/// Looks at certificate files from time to time and on request (SIGHUP) and takes changed ones into use. A file that
/// has become unusable is logged once; the certificates loaded before stay in use.
/// </summary>
public sealed partial class CertificateWatcher : IDisposable
{
    private readonly IReadOnlyList<(string Endpoint, CertificateSource Source)> _sources;
    private readonly string?[] _lastFailures;
    private readonly DateTimeOffset?[] _toldExpiries;
    private readonly TimeProvider _time;
    private readonly Lock _looking = new();
    private readonly ILogger _logger;
    private readonly ITimer _timer;

    /// <param name="sources">The sources with the names of their endpoints: listen, admin, primary.</param>
    /// <param name="interval">How often to look.</param>
    /// <param name="logger">Where renewals and failures are told.</param>
    /// <param name="time">The clock.</param>
    public CertificateWatcher(
        IReadOnlyList<(string Endpoint, CertificateSource Source)> sources,
        TimeSpan interval,
        ILogger<CertificateWatcher> logger,
        TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(sources);
        ArgumentNullException.ThrowIfNull(time);
        _sources = sources;
        _lastFailures = new string?[sources.Count];
        _toldExpiries = new DateTimeOffset?[sources.Count];
        _time = time;
        _logger = logger;
        TimeSpan period = sources.Count == 0 ? Timeout.InfiniteTimeSpan : interval;
        _timer = time.CreateTimer(static watcher => ((CertificateWatcher)watcher!).Look(), this, period, period);
    }

    /// <summary>
    /// When the certificates in use run out, for <see cref="Metrics.ReplicaMetrics.ObserveCertificates"/>.
    /// </summary>
    public IEnumerable<(string Endpoint, DateTimeOffset Expiry)> Expiries()
    {
        foreach ((string endpoint, CertificateSource source) in _sources)
        {
            if (source.Current.NotAfter is DateTimeOffset expiry)
            {
                yield return (endpoint, expiry);
            }
        }
    }

    /// <summary>Looks at all files now.</summary>
    /// <returns>How many endpoints have new certificates.</returns>
    public int Look()
    {
        int renewed = 0;
        lock (_looking)
        {
            for (int each = 0; each < _sources.Count; each++)
            {
                (string endpoint, CertificateSource source) = _sources[each];
                try
                {
                    if (source.Refresh())
                    {
                        renewed++;
                        LogRenewed(_logger, endpoint, source.Current.Subject, source.Current.NotAfter);
                    }

                    _lastFailures[each] = null;
                }
                catch (ConfigurationException unusable)
                {
                    if (_lastFailures[each] != unusable.Message)
                    {
                        _lastFailures[each] = unusable.Message;
                        LogUnusable(_logger, endpoint, unusable.Message);
                    }
                }

                TellExpiry(each, endpoint, source.Current.NotAfter);
            }
        }

        return renewed;
    }

    /// <inheritdoc/>
    public void Dispose() => _timer.Dispose();

    private void TellExpiry(int each, string endpoint, DateTimeOffset? expiry)
    {
        if (expiry is DateTimeOffset end && end <= _time.GetUtcNow() && _toldExpiries[each] != expiry)
        {
            _toldExpiries[each] = expiry;
            LogExpired(_logger, endpoint, end.UtcDateTime, Reporting.ReadinessCodes.CertificateExpired);
        }
    }

    [LoggerMessage(5020, LogLevel.Information,
        "The certificates of {Endpoint} were renewed: {Subject}, valid until {NotAfter}")]
    private static partial void LogRenewed(ILogger logger, string endpoint, string? subject, DateTimeOffset? notAfter);

    [LoggerMessage(5021, LogLevel.Error, "The certificates of {Endpoint} stay as they are: {Reason}")]
    private static partial void LogUnusable(ILogger logger, string endpoint, string reason);

    [LoggerMessage(5022, LogLevel.Error,
        "The certificate of {Endpoint} expired on {NotAfter:yyyy-MM-dd HH:mm:ss'Z'}; renew it ({Reason})")]
    private static partial void LogExpired(ILogger logger, string endpoint, DateTime notAfter, string reason);
}
