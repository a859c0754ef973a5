using Kevo.Core;
using Kevo.Platform;
using Kevo.Storage.Kevo;
using Kevo.Storage.Tests.Tables;
using Kevo.Testing;
using Kevo.Testing.Disk;
using Xunit;

namespace Kevo.Storage.Tests.Kevo;

/// <summary>Every call to the disk fails once during a promotion: the target is complete or it is not there.</summary>
public sealed class PromotionFaultTests
{
    [Theory]
    [InlineData(PromotionMode.Link)]
    [InlineData(PromotionMode.Copy)]
    [InlineData(PromotionMode.Rewrite)]
    public void Whatever_call_fails_no_half_made_target_appears(PromotionMode mode)
    {
        using var directory = new TemporaryDirectory();
        string[] tables =
        [
            TableTestData.Write(directory.Combine("1.sst"), TableTestData.Random(1, 50)),
            TableTestData.Write(directory.Combine("2.sst"), TableTestData.Random(2, 50)),
        ];
        var recorder = new FaultInjectingFileSystem(LinuxFileSystem.Instance);
        long keys = Run(recorder, directory.Combine("all"), tables, mode).VerifiedKeys;
        string[] names = [.. recorder.Operations.Select(operation => operation.Name)];
        Assert.Contains("PROMOTE:RENAME", names);
        for (int i = 0; i < names.Length; i++)
        {
            string target = directory.Combine($"target-{i}");
            var disk = new FaultInjectingFileSystem(LinuxFileSystem.Instance);
            disk.Fail(names[i], names.Take(i + 1).Count(name => name == names[i]));
            if (names[i] == "PROMOTE:LINK")
            {
                // Where links cannot be made, a copy does as well.
                Assert.Equal(1, Run(disk, target, tables, mode).CopiedTables);
                continue;
            }

            Assert.Throws<StorageException>(() => Run(disk, target, tables, mode));
            if (Directory.Exists(target))
            {
                StockDirectory made = StockDirectory.Open(LinuxFileSystem.Instance, target);
                using StockView view = StockView.Open(
                    LinuxFileSystem.Instance, made, TestContext.Current.CancellationToken);
                long served = 0;
                using IEntryCursor scan = view.Scan();
                while (scan.MoveNext())
                {
                    served++;
                }

                Assert.True(served == keys, $"{names[i]}: {served} of {keys}");
            }
        }
    }

    private static PromotionReport Run(IFileSystem disk, string target, string[] tables, PromotionMode mode) =>
        Promotion.Run(
            disk,
            new PromotionRequest { TargetDirectory = target, TablesOldestFirst = tables, Mode = mode },
            TestContext.Current.CancellationToken);
}
