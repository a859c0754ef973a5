using System.Text;
using System.Text.Json;
using Kevo.Core;
using Kevo.Server.Reporting;

namespace Kevo.Replica.Commands;

/// <summary>A readiness report as lines for people.</summary>
internal static class ReadinessText
{
    /// <summary>The report in the body of an answer.</summary>
    /// <exception cref="ProtocolException">The body is no such report.</exception>
    public static string Of(string body)
    {
        try
        {
            ReadinessReport report = JsonSerializer.Deserialize(body, StatusJson.Default.ReadinessReport)!;
            return Of(report);
        }
        catch (JsonException error)
        {
            throw new ProtocolException(
                "The answer is no readiness report; is it the admin endpoint of a replica?", error);
        }
    }

    /// <summary>The report.</summary>
    public static string Of(ReadinessReport report)
    {
        var text = new StringBuilder(report.Ready ? "ready" : "not ready");
        foreach (ReadinessCheck check in report.Checks)
        {
            text.AppendLine();
            text.Append(check.Passed ? "  ok    " : "  FAIL  ").Append(check.Code);
            if (check.Detail.Length > 0)
            {
                text.Append(": ").Append(check.Detail);
            }
        }

        return text.ToString();
    }
}
