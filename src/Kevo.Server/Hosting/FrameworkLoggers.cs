using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Kevo.Server.Hosting;

/// <summary>
/// The loggers that the web framework gets: the node's own, but for two. What the host has to say, that an address
/// cannot be listened on, comes as an exception too, and is told as the error of ours that it becomes. The diagnostics
/// only ever say that a request came and went, but once somebody might listen, every request is given an
/// <see cref="System.Diagnostics.Activity"/> to say it with.
/// </summary>
internal sealed class FrameworkLoggers(ILoggerFactory loggers) : ILoggerFactory
{
    private const string HostCategory = "Microsoft.Extensions.Hosting.Internal.Host";
    private const string DiagnosticsCategory = "Microsoft.AspNetCore.Hosting.Diagnostics";

    /// <inheritdoc/>
    public ILogger CreateLogger(string categoryName) =>
        categoryName is HostCategory or DiagnosticsCategory
            ? NullLogger.Instance
            : loggers.CreateLogger(categoryName);

    /// <inheritdoc/>
    public void AddProvider(ILoggerProvider provider) => loggers.AddProvider(provider);

    /// <summary>Does nothing: the node's loggers live on.</summary>
    public void Dispose()
    {
    }
}
