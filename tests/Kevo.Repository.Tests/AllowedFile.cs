namespace Kevo.Repository.Tests;

/// <summary>A file that may do what others may not.</summary>
/// <param name="Path">Relative to the checkout.</param>
/// <param name="Reason">Why, as a sentence.</param>
public sealed record AllowedFile(string Path, string Reason);
