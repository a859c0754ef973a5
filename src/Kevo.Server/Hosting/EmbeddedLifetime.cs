using Microsoft.Extensions.Hosting;

namespace Kevo.Server.Hosting;

/// <summary>Leaves signals and the end of the process to whoever started the server.</summary>
internal sealed class EmbeddedLifetime : IHostLifetime
{
    /// <inheritdoc/>
    public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
