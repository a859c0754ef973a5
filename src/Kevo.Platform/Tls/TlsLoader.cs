using System.Globalization;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Kevo.Core;

namespace Kevo.Platform.Tls;

/// <summary>Turns the contents of PEM files into checked certificates, or into an error that names the file.</summary>
internal static class TlsLoader
{
    private const string ServerAuthentication = "1.3.6.1.5.5.7.3.1";
    private const string ClientAuthentication = "1.3.6.1.5.5.7.3.2";
    private const string AnyPurpose = "2.5.29.37.0";

    /// <summary>Checks everything that can be checked before the first connection.</summary>
    public static TlsMaterial Load(TlsFiles files, TlsRole role, TlsFileContents contents, DateTimeOffset now)
    {
        CheckSettings(files, role);
        X509Certificate2? certificate = null;
        SslStreamCertificateContext? context = null;
        if (contents.Certificate is not null)
        {
            X509Certificate2Collection chain =
                ReadCertificates(contents.Certificate, "certificate", files.CertificateFile!);
            certificate = WithKey(chain[0], contents.Key!, files);
            CheckValidity(certificate, "certificate", files.CertificateFile!, now);
            CheckPurpose(certificate, role, files.CertificateFile!);
            chain.RemoveAt(0);
            // Offline: the chain is what the file holds; looking for missing parts on the network would stall start-up.
            context = SslStreamCertificateContext.Create(certificate, chain, offline: true);
        }

        X509Certificate2Collection? authorities = null;
        if (contents.Authority is not null)
        {
            authorities = ReadCertificates(contents.Authority, "authority", files.AuthorityFile!);
            CheckAuthorities(authorities, files.AuthorityFile!, now);
        }

        return new TlsMaterial(certificate, context, authorities, files.PinnedSubjects);
    }

    private static void CheckSettings(TlsFiles files, TlsRole role)
    {
        if (role == TlsRole.Server && files.CertificateFile is null)
        {
            throw new ConfigurationException(
                files.KeyFile is null
                    ? "TLS needs a certificate file and a key file, and neither is set."
                    : $"The TLS key file '{files.KeyFile}' is set without a certificate file.");
        }

        if (files.CertificateFile is null != files.KeyFile is null)
        {
            throw new ConfigurationException(
                files.KeyFile is null
                    ? $"The TLS certificate file '{files.CertificateFile}' is set without a key file."
                    : $"The TLS key file '{files.KeyFile}' is set without a certificate file.");
        }

        if (role == TlsRole.Server && files.PinnedSubjects.Count > 0 && files.AuthorityFile is null)
        {
            throw new ConfigurationException(
                "Pinned client subjects are set without a client authority file, "
                + "so no client certificate would be asked for.");
        }
    }

    private static X509Certificate2Collection ReadCertificates(byte[] pem, string what, string path)
    {
        X509Certificate2Collection certificates = [];
        try
        {
            certificates.ImportFromPem(Encoding.UTF8.GetString(pem));
        }
        catch (CryptographicException damaged)
        {
            throw new ConfigurationException(
                $"The TLS {what} file '{path}' holds a damaged certificate: {damaged.Message}", damaged);
        }

        return certificates.Count > 0
            ? certificates
            : throw new ConfigurationException(
                $"The TLS {what} file '{path}' holds no certificate in PEM form (\"-----BEGIN CERTIFICATE-----\").");
    }

    private static X509Certificate2 WithKey(X509Certificate2 certificate, byte[] key, TlsFiles files)
    {
        string pem = Encoding.UTF8.GetString(key);
        if (!pem.Contains("PRIVATE KEY-----", StringComparison.Ordinal))
        {
            throw new ConfigurationException($"The TLS key file '{files.KeyFile}' holds no private key in PEM form.");
        }

        if (pem.Contains("ENCRYPTED", StringComparison.Ordinal))
        {
            throw new ConfigurationException(
                $"The TLS key file '{files.KeyFile}' is encrypted; "
                + "give the key unencrypted in a file only this user can read.");
        }

        try
        {
            return X509Certificate2.CreateFromPem(certificate.ExportCertificatePem(), pem);
        }
        catch (Exception wrong) when (wrong is CryptographicException or ArgumentException)
        {
            throw new ConfigurationException(
                $"The TLS key file '{files.KeyFile}' does not hold the key of certificate file "
                + $"'{files.CertificateFile}': "
                + wrong.Message,
                wrong);
        }
    }

    private static void CheckValidity(X509Certificate2 certificate, string what, string path, DateTimeOffset now)
    {
        if (certificate.NotAfter.ToUniversalTime() < now.UtcDateTime)
        {
            throw new ConfigurationException(
                $"The TLS {what} file '{path}' holds a certificate that expired on {Date(certificate.NotAfter)}; "
                + "renew it.");
        }

        if (certificate.NotBefore.ToUniversalTime() > now.UtcDateTime)
        {
            throw new ConfigurationException(
                $"The TLS {what} file '{path}' holds a certificate that is not valid before "
                + $"{Date(certificate.NotBefore)}; "
                + "check this machine's clock.");
        }
    }

    private static void CheckPurpose(X509Certificate2 certificate, TlsRole role, string path)
    {
        string wanted = role == TlsRole.Server ? ServerAuthentication : ClientAuthentication;
        foreach (X509Extension extension in certificate.Extensions)
        {
            if (extension is X509EnhancedKeyUsageExtension usage
                && usage.EnhancedKeyUsages[wanted] is null
                && usage.EnhancedKeyUsages[AnyPurpose] is null)
            {
                throw new ConfigurationException(
                    $"The TLS certificate file '{path}' holds a certificate that was not issued for "
                    + (role == TlsRole.Server ? "servers." : "clients."));
            }
        }
    }

    /// <summary>One authority of a bundle may have run out while others serve; none left is an error.</summary>
    private static void CheckAuthorities(X509Certificate2Collection authorities, string path, DateTimeOffset now)
    {
        bool anyValid = false;
        foreach (X509Certificate2 authority in authorities)
        {
            anyValid |= authority.NotAfter.ToUniversalTime() >= now.UtcDateTime
                && authority.NotBefore.ToUniversalTime() <= now.UtcDateTime;
        }

        if (!anyValid)
        {
            CheckValidity(authorities[0], "authority", path, now);
        }
    }

    private static string Date(DateTime moment) =>
        moment.ToUniversalTime().ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture);
}
