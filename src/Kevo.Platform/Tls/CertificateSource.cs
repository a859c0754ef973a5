using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Kevo.Core;

namespace Kevo.Platform.Tls;

/// <summary>
/// Keeps the certificates of one endpoint loaded and replaces them when their files change, so that a renewed
/// certificate is used for the next connection while open connections keep theirs. Thread-safe.
/// </summary>
public sealed class CertificateSource
{
    private const int MaxFileLength = 1 << 20;

    private readonly TlsFiles _files;
    private readonly TlsRole _role;
    private readonly IFileSystem _fileSystem;
    private readonly TimeProvider _time;
    private readonly Lock _refreshing = new();
    private byte[] _fingerprint;
    private volatile TlsMaterial _current;

    /// <summary>Reads and checks the files.</summary>
    /// <exception cref="ConfigurationException">
    /// A file is missing, unreadable, not what its setting wants, expired, or does not match its key; the message names
    /// it.
    /// </exception>
    public CertificateSource(TlsFiles files, TlsRole role, IFileSystem fileSystem, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(files);
        ArgumentNullException.ThrowIfNull(fileSystem);
        ArgumentNullException.ThrowIfNull(time);
        _files = files;
        _role = role;
        _fileSystem = fileSystem;
        _time = time;
        TlsFileContents contents = ReadFiles();
        _current = TlsLoader.Load(files, role, contents, time.GetUtcNow());
        _fingerprint = contents.Fingerprint();
    }

    /// <summary>
    /// The certificates to use for the next connection. The object stays usable after it has been replaced.
    /// </summary>
    public TlsMaterial Current => _current;

    /// <summary>The files this source reads.</summary>
    public TlsFiles Files => _files;

    /// <summary>
    /// Reads the files again (on SIGHUP, and from time to time) and takes them into use if their contents changed.
    /// </summary>
    /// <returns>True when new certificates are in use.</returns>
    /// <exception cref="ConfigurationException">
    /// The new files are unusable; the message names the file, and the certificates loaded before stay in use.
    /// </exception>
    public bool Refresh()
    {
        lock (_refreshing)
        {
            TlsFileContents contents = ReadFiles();
            byte[] fingerprint = contents.Fingerprint();
            if (fingerprint.AsSpan().SequenceEqual(_fingerprint))
            {
                return false;
            }

            _current = TlsLoader.Load(_files, _role, contents, _time.GetUtcNow());
            _fingerprint = fingerprint;
            return true;
        }
    }

    private TlsFileContents ReadFiles() => new(
        Read("TLS:READ-CERTIFICATE", "certificate", _files.CertificateFile),
        Read("TLS:READ-KEY", "key", _files.KeyFile),
        Read("TLS:READ-AUTHORITY", "authority", _files.AuthorityFile));

    private byte[]? Read(string operation, string what, string? path)
    {
        if (path is null)
        {
            return null;
        }

        try
        {
            return _fileSystem.ReadAllBytes(operation, path, MaxFileLength);
        }
        catch (StorageException unreadable)
        {
            throw new ConfigurationException(
                $"The TLS {what} file '{path}' cannot be read: {unreadable.Message}", unreadable);
        }
    }
}
