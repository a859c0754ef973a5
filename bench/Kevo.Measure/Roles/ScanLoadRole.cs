using System.Diagnostics;
using System.Globalization;
using Kevo.Measure.Load;
using Kevo.Wire.Contracts.Client;

namespace Kevo.Measure.Roles;

/// <summary>
/// A client that scans a whole store over one connection. Says <c>bytes</c> and <c>seconds</c> of all passes; fails
/// when rows are missing.
/// </summary>
public static class ScanLoadRole
{
    /// <summary>Arguments: port, passes, rows of a pass.</summary>
    public static async Task<int> RunAsync(IReadOnlyList<string> arguments)
    {
        Http2Connection.UseOneThread();
        int passes = int.Parse(arguments[1], CultureInfo.InvariantCulture);
        int rows = int.Parse(arguments[2], CultureInfo.InvariantCulture);
        using var connection = new ScanConnection(GrpcMessage.Frame(new ScanRequest { Limit = rows }), passes);
        long started = Stopwatch.GetTimestamp();
        connection.Start(int.Parse(arguments[0], CultureInfo.InvariantCulture));
        await connection.Done;
        double seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        if (connection.Rows != (long)rows * passes)
        {
            throw new InvalidDataException($"A scan of {rows} rows sent {connection.Rows} in {passes} passes.");
        }

        RoleOutput.Say("bytes", connection.Bytes);
        RoleOutput.Say("seconds", seconds);
        return 0;
    }
}
