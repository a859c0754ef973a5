using Kevo.Storage.Log;

namespace Kevo.Storage.Tests.Log;

/// <summary>Says which row of the recovery table a test proves.</summary>
[AttributeUsage(AttributeTargets.Method, AllowMultiple = true)]
public sealed class CoversAttribute(RecoveryCase row) : Attribute
{
    /// <summary>The row.</summary>
    public RecoveryCase Row { get; } = row;
}
