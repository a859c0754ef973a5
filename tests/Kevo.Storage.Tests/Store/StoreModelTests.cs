using Kevo.Platform;
using Kevo.Testing;
using Xunit;

namespace Kevo.Storage.Tests.Store;

public class StoreModelTests
{
    [Fact]
    public void Random_lives_on_a_real_disk_agree_with_a_plain_ordered_dictionary()
    {
        int first = Seed.For(1);
        for (int seed = first; seed < first + 20; seed++)
        {
            using var directory = new TemporaryDirectory();
            using var run = new StoreRun(LinuxFileSystem.Instance, directory.Combine("data"), seed);
            run.Run(200);
        }
    }
}
