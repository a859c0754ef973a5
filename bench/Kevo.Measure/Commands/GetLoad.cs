using System.Globalization;
using Kevo.Measure.Reporting;
using Kevo.Measure.Roles;

namespace Kevo.Measure.Commands;

/// <summary>A Get load of given size, run against one server role after the other.</summary>
internal sealed record GetLoad(int Connections, double Seconds, long Keys)
{
    /// <summary>Starts the server, loads it from another process, and notes rate and latencies.</summary>
    public void Measure(string role, string[] arguments, FigureSet figures, string name, FigureRole figureRole)
    {
        using ChildProcess server = ChildProcess.Start(role, arguments);
        string port = server.Read("port");
        using ChildProcess clients = ChildProcess.Start(
            "get-load", port, Connections.ToString(CultureInfo.InvariantCulture),
            Seconds.ToString(CultureInfo.InvariantCulture), Keys.ToString(CultureInfo.InvariantCulture));
        figures.Add(name, "calls/s", figureRole, clients.ReadNumber("calls_per_second"));
        figures.Add(name + ", p50", "us", FigureRole.Note, clients.ReadNumber("p50_us"));
        figures.Add(name + ", p99", "us", FigureRole.Note, clients.ReadNumber("p99_us"));
        if (clients.ReadNumber("missed") > 0)
        {
            throw new InvalidOperationException($"'{name}' did not find keys that the server holds.");
        }
    }
}
