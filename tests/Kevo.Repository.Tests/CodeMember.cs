namespace Kevo.Repository.Tests;

/// <summary>A method, property or other member of a type, found by its braces.</summary>
/// <param name="Header">Its code up to the body, on one line.</param>
/// <param name="FirstLine">The line its declaration begins at, from 1.</param>
/// <param name="LastLine">The line it ends at.</param>
public sealed record CodeMember(string Header, int FirstLine, int LastLine)
{
    /// <summary>Lines from declaration to end.</summary>
    public int Length => LastLine - FirstLine + 1;
}
