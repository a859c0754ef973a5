using System.Globalization;
using System.Net.Sockets;
using System.Text;
using Kevo.Core;

namespace Kevo.Replica.Supervision;

/// <summary>
/// Tells the service manager (systemd) how the process is, by the datagrams of <c>sd_notify</c>: <c>READY=1</c>,
/// <c>RELOADING=1</c>, <c>STOPPING=1</c>, <c>WATCHDOG=1</c>, <c>STATUS=...</c>. Without a manager nothing is sent. A
/// manager that cannot be reached is told to <paramref name="lost"/> once; the process goes on. Thread-safe.
/// </summary>
internal sealed class ServiceManager(
    string address, TimeSpan? watchdog, TimeProvider time, Action<string> lost) : IDisposable
{
    private const string AddressVariable = "NOTIFY_SOCKET";
    private const string WatchdogVariable = "WATCHDOG_USEC";
    private const string WatchdogProcessVariable = "WATCHDOG_PID";

    private readonly Lock _sending = new();
    private readonly Socket? _socket = address.Length == 0
        ? null
        : new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);

    private bool _lost;

    /// <summary>Whether somebody listens.</summary>
    public bool IsPresent => address.Length > 0;

    /// <summary>
    /// The manager ends the process when it hears no <c>WATCHDOG=1</c> for so long; null without one.
    /// </summary>
    public TimeSpan? Watchdog => watchdog;

    /// <summary>The manager that the environment names, if any.</summary>
    /// <param name="environment">The process's variables.</param>
    /// <param name="processId">This process; a watchdog meant for another one is not ours.</param>
    /// <param name="time">The clock.</param>
    /// <param name="lost">Told why, when the manager cannot be reached.</param>
    /// <exception cref="ConfigurationException">A variable holds what systemd never writes.</exception>
    public static ServiceManager From(
        IReadOnlyDictionary<string, string> environment, int processId, TimeProvider time, Action<string> lost)
    {
        string address = environment.GetValueOrDefault(AddressVariable, "");
        if (address.Length == 0)
        {
            return new ServiceManager("", watchdog: null, time, lost);
        }

        if (address[0] is not ('/' or '@') || address.Length == 1)
        {
            throw new ConfigurationException(
                $"{AddressVariable} is \"{address}\": only paths and abstract names (@NAME) of unix sockets are "
                + "known. Unset it when no service manager listens.");
        }

        // '@' stands for the zero byte that an abstract name begins with.
        return new ServiceManager(
            address[0] == '@' ? '\0' + address[1..] : address, WatchdogOf(environment, processId), time, lost);
    }

    /// <summary>The service works; also said when a reload is over.</summary>
    public void Ready(string status) => Send($"READY=1\nSTATUS={status}");

    /// <summary>Settings and certificates are being read again; <see cref="Ready"/> ends it.</summary>
    public void Reloading() => Send(string.Create(
        CultureInfo.InvariantCulture, $"RELOADING=1\nMONOTONIC_USEC={MonotonicMicroseconds()}"));

    /// <summary>The service has begun to stop.</summary>
    public void Stopping() => Send("STOPPING=1\nSTATUS=stopping");

    /// <summary>The service makes progress, or rightly waits.</summary>
    public void Alive(string status) => Send($"WATCHDOG=1\nSTATUS={status}");

    /// <summary>One line about what the service does.</summary>
    public void Status(string status) => Send($"STATUS={status}");

    /// <inheritdoc/>
    public void Dispose() => _socket?.Dispose();

    private static TimeSpan? WatchdogOf(IReadOnlyDictionary<string, string> environment, int processId)
    {
        string text = environment.GetValueOrDefault(WatchdogVariable, "");
        string owner = environment.GetValueOrDefault(WatchdogProcessVariable, "");
        if (text.Length == 0 || (owner.Length > 0 && owner != processId.ToString(CultureInfo.InvariantCulture)))
        {
            return null;
        }

        return long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long microseconds)
            && microseconds is > 0 and < long.MaxValue / TimeSpan.TicksPerMicrosecond
            ? TimeSpan.FromTicks(microseconds * TimeSpan.TicksPerMicrosecond)
            : throw new ConfigurationException(
                $"{WatchdogVariable} is \"{text}\", which is no number of microseconds.");
    }

    // On Linux the clock of timestamps is CLOCK_MONOTONIC, which is the one the manager compares with.
    private long MonotonicMicroseconds() =>
        (long)(time.GetTimestamp() * (1_000_000.0 / time.TimestampFrequency));

    private void Send(string message)
    {
        if (_socket is null)
        {
            return;
        }

        lock (_sending)
        {
            try
            {
                _socket.SendTo(Encoding.UTF8.GetBytes(message), new UnixDomainSocketEndPoint(address));
                _lost = false;
            }
            catch (SocketException error)
            {
                if (!_lost)
                {
                    _lost = true;
                    lost(error.Message);
                }
            }
        }
    }
}
