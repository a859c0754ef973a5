using Kevo.Measure.Reporting;
using Kevo.Measure.Roles;
using static Kevo.Measure.Commands.Numbers;

namespace Kevo.Measure.Commands;

/// <summary>A Get load of given size, run against one server role after the other.</summary>
internal sealed record GetLoad(int Connections, int InFlight, double Seconds, long Keys, int ValueSize)
{
    /// <summary>Starts the server, loads it from another process, and notes rate and latencies.</summary>
    public void Measure(string role, string[] arguments, FigureSet figures, string name, FigureRole figureRole)
    {
        using ChildProcess server = ChildProcess.Start(role, arguments);
        using ChildProcess clients = ChildProcess.Start(
            "get-load", server.Read("port"), Argument(Connections), Argument(InFlight), Argument(Seconds),
            Argument(Keys), Argument(ValueSize));
        figures.Add(name, "calls/s", figureRole, clients.ReadNumber("calls_per_second"));
        figures.Add(name + ", p50", "us", FigureRole.Note, clients.ReadNumber("p50_us"));
        figures.Add(name + ", p99", "us", FigureRole.Note, clients.ReadNumber("p99_us"));
        figures.Add(name + ", load generator's processor time", "us/call", FigureRole.Note,
            clients.ReadNumber("cpu_us"));
        if (arguments[^1] == "ingesting")
        {
            server.Tell("enough");
            figures.Add(name + ", ingested meanwhile", "entries/s", FigureRole.Note,
                server.ReadNumber("entries_per_second"));
        }
    }
}
