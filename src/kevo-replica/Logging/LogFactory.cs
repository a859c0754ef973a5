using Microsoft.Extensions.Logging;

namespace Kevo.Replica.Logging;

/// <summary>Makes the factory that hands loggers to the rooms.</summary>
internal static class LogFactory
{
    /// <summary>
    /// A factory over one writer. The web server's own lines are let through from warnings on: what it tells about
    /// single connections is not an event of ours.
    /// </summary>
    public static ILoggerFactory Create(LogWriter writer) => LoggerFactory.Create(builder => builder
        .SetMinimumLevel(LogLevel.Trace)
        .AddFilter("Microsoft", LogLevel.Warning)
        .AddFilter("Grpc", LogLevel.Warning)
        .AddFilter("System", LogLevel.Warning)
        .AddProvider(writer));
}
