using Kevo.Core;

namespace Kevo.Replica.Tests;

public sealed class ExitCodeTests
{
    [Theory]
    [InlineData(ErrorKind.Configuration, 2)]
    [InlineData(ErrorKind.Storage, 3)]
    [InlineData(ErrorKind.Connection, 4)]
    [InlineData(ErrorKind.Protocol, 4)]
    [InlineData(ErrorKind.Compression, 4)]
    [InlineData(ErrorKind.Retention, 5)]
    [InlineData(ErrorKind.Divergence, 5)]
    [InlineData(ErrorKind.Gap, 5)]
    public void Each_kind_of_error_has_its_documented_code(ErrorKind kind, int code) =>
        Assert.Equal(code, ExitCode.For(kind));

    [Fact]
    public void Every_kind_of_error_is_judged() =>
        Assert.All(Enum.GetValues<ErrorKind>(), kind => Assert.NotEqual(ExitCode.Internal, ExitCode.For(kind)));

    [Fact]
    public void An_error_of_ours_is_one_line_that_names_its_kind()
    {
        var writer = new StringWriter();
        int code = ErrorReport.Write(writer, new StorageException(StorageFault.Full, "No space\nleft.", "/data"));
        Assert.Equal(ExitCode.Storage, code);
        Assert.Equal("kevo-replica: storage error: No space left.", writer.ToString().TrimEnd());
    }

    [Fact]
    public void A_defect_of_ours_says_so_and_shows_what_a_report_needs()
    {
        var writer = new StringWriter();
        Assert.Equal(ExitCode.Internal, ErrorReport.Write(writer, new InvalidOperationException("broken")));
        Assert.StartsWith("kevo-replica: internal error: ", writer.ToString(), StringComparison.Ordinal);
        Assert.Contains("InvalidOperationException", writer.ToString(), StringComparison.Ordinal);
    }
}
