using System.Globalization;
using Kevo.Core;

namespace Kevo.Server.Consistency;

/// <summary>A position with the texts that go into response headers.</summary>
internal sealed class PositionText(LogPosition position)
{
    /// <summary>The position.</summary>
    public LogPosition Position { get; } = position;

    /// <summary><c>EPOCH:SEQUENCE</c>.</summary>
    public string Full { get; } = position.ToString();

    /// <summary>The epoch alone.</summary>
    public string Epoch { get; } = position.Epoch.ToString(CultureInfo.InvariantCulture);
}
