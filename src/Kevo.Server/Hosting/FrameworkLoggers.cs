using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Kevo.Server.Hosting;

/// <summary>
/// The loggers that the web framework gets: the node's own, but for the host's. What that has to say, that an address
/// cannot be listened on, comes as an exception too, and is told as the error of ours that it becomes.
/// </summary>
internal sealed class FrameworkLoggers(ILoggerFactory loggers) : ILoggerFactory
{
    private const string HostCategory = "Microsoft.Extensions.Hosting.Internal.Host";

    /// <inheritdoc/>
    public ILogger CreateLogger(string categoryName) =>
        categoryName == HostCategory ? NullLogger.Instance : loggers.CreateLogger(categoryName);

    /// <inheritdoc/>
    public void AddProvider(ILoggerProvider provider) => loggers.AddProvider(provider);

    /// <summary>Does nothing: the node's loggers live on.</summary>
    public void Dispose()
    {
    }
}
