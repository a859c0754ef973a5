namespace Kevo.Measure.Reporting;

/// <summary>What a figure stands for in a report.</summary>
public enum FigureRole
{
    /// <summary>What the product did.</summary>
    Ours,

    /// <summary>What the machine can do at best, measured in the same run.</summary>
    Limit,

    /// <summary>Told for information.</summary>
    Note,
}
