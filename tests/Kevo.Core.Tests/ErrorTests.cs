using Kevo.Core;

namespace Kevo.Core.Tests;

public sealed class ErrorTests
{
    [Fact]
    public void Every_kind_of_error_has_exactly_one_exception_and_every_exception_its_own_kind()
    {
        var cause = new InvalidOperationException("cause");
        KevoException[] all =
        [
            new ConnectionException("text", cause), new ProtocolException("text", cause),
            new RetentionException("text", cause), new DivergenceException("text", cause),
            new CompressionException("text", cause), new GapException("text", cause),
            new StorageException(StorageFault.Full, "text", "/path", cause), new ConfigurationException("text", cause),
        ];
        Assert.Equal(Enum.GetValues<ErrorKind>().Order(), all.Select(static error => error.Kind).Order());
        Assert.All(all, error =>
        {
            Assert.Equal("text", error.Message);
            Assert.Same(cause, error.InnerException);
        });
        int declared = typeof(KevoException).Assembly.GetTypes().Count(
            static type => type.IsSubclassOf(typeof(KevoException)));
        Assert.Equal(declared, all.Length);
    }

    [Fact]
    public void A_storage_error_tells_fault_and_path()
    {
        var error = new StorageException(StorageFault.InUse, "text", "/path");
        Assert.Equal(StorageFault.InUse, error.Fault);
        Assert.Equal("/path", error.Path);
    }
}
