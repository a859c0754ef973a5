using BenchmarkDotNet.Running;
using Kevo.Benchmarks.Allocations;

if (args is ["allocations", .. var rest])
{
    return AllocationCommand.Run(rest);
}

BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args);
return 0;
