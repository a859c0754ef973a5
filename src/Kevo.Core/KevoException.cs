namespace Kevo.Core;

/// <summary>
/// The root of every error this product raises on purpose. The message says what happened, to which sequence or file,
/// and what to do next.
/// </summary>
public abstract class KevoException : Exception
{
    /// <summary>Creates the error; <paramref name="inner"/> is the cause, if another error is.</summary>
    protected KevoException(ErrorKind kind, string message, Exception? inner)
        : base(message, inner) => Kind = kind;

    /// <summary>The name under which log, metrics, status and exit code speak of it.</summary>
    public ErrorKind Kind { get; }

    /// <summary>
    /// The cause in one word, finer than <see cref="Kind"/> where that helps: <c>disk-full</c>,
    /// <c>certificate-expired</c>. Log, status, readiness and metrics all use it; it never changes its meaning.
    /// </summary>
    public virtual string Reason => Kind.ToString().ToLowerInvariant();
}
