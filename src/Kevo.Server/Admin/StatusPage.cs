using System.Security.Cryptography;
using System.Text;

namespace Kevo.Server.Admin;

/// <summary>
/// The status page as it is sent: one document without outside resources, and a policy that lets a browser run exactly
/// the script and style inside it and nothing else.
/// </summary>
internal sealed class StatusPage
{
    private const string ResourceName = "Kevo.Server.Admin.status.html";

    private StatusPage(byte[] content, string policy)
    {
        Content = content;
        ContentSecurityPolicy = policy;
    }

    /// <summary>The document.</summary>
    public ReadOnlyMemory<byte> Content { get; }

    /// <summary>The value of the header of that name.</summary>
    public string ContentSecurityPolicy { get; }

    /// <summary>Reads the page from this assembly.</summary>
    public static StatusPage Load()
    {
        using Stream resource = typeof(StatusPage).Assembly.GetManifestResourceStream(ResourceName)
            ?? throw new InvalidOperationException($"The resource {ResourceName} is missing from the program.");
        byte[] content = new byte[resource.Length];
        resource.ReadExactly(content);
        string page = Encoding.UTF8.GetString(content);
        string policy = $"default-src 'none'; connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; "
            + $"frame-ancestors 'none'; script-src '{Digest(page, "script")}'; style-src '{Digest(page, "style")}'";
        return new StatusPage(content, policy);
    }

    private static string Digest(string page, string element)
    {
        string open = $"<{element}>";
        int start = page.IndexOf(open, StringComparison.Ordinal) + open.Length;
        int end = page.IndexOf($"</{element}>", start, StringComparison.Ordinal);
        byte[] hash = SHA256.HashData(Encoding.UTF8.GetBytes(page[start..end]));
        return "sha256-" + Convert.ToBase64String(hash);
    }
}
