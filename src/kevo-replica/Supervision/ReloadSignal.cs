using System.Runtime.InteropServices;

namespace Kevo.Replica.Supervision;

/// <summary>
/// SIGHUP asks the process to read its settings and certificates again. One that comes before anybody listens, or
/// while a reload runs, is done afterwards; several of them count as one.
/// </summary>
internal sealed class ReloadSignal : IDisposable
{
    private readonly Lock _gate = new();
    private readonly PosixSignalRegistration _registration;
    private Action? _reload;
    private bool _wanted;
    private bool _running;

    /// <summary>Takes over the signal, which otherwise ends the process.</summary>
    public ReloadSignal() => _registration = PosixSignalRegistration.Create(PosixSignal.SIGHUP, context =>
    {
        context.Cancel = true;
        Request();
    });

    /// <summary>From now on <paramref name="reload"/> is called, on a thread of the pool, one call at a time.</summary>
    public void Listen(Action reload)
    {
        lock (_gate)
        {
            _reload = reload;
        }

        RunWhileWanted();
    }

    /// <summary>Does what the signal does.</summary>
    public void Request()
    {
        lock (_gate)
        {
            _wanted = true;
        }

        RunWhileWanted();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _registration.Dispose();
        lock (_gate)
        {
            _reload = null;
        }
    }

    private void RunWhileWanted()
    {
        while (true)
        {
            Action reload;
            lock (_gate)
            {
                if (!_wanted || _running || _reload is null)
                {
                    return;
                }

                reload = _reload;
                _wanted = false;
                _running = true;
            }

            try
            {
                reload();
            }
            finally
            {
                lock (_gate)
                {
                    _running = false;
                }
            }
        }
    }
}
