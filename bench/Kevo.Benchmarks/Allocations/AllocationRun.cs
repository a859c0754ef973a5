using System.Reflection;
using BenchmarkDotNet.Attributes;

namespace Kevo.Benchmarks.Allocations;

/// <summary>
/// Runs the benchmarks of this program once each, with the first value of each parameter, and counts the bytes that
/// the calling thread allocates.
/// </summary>
internal static class AllocationRun
{
    private const int WarmCalls = 2_000;
    private const int Calls = 10_000;

    /// <summary>Bytes per operation under <c>CLASS.METHOD</c>.</summary>
    public static SortedDictionary<string, double> MeasureAll()
    {
        SortedDictionary<string, double> bytes = new(StringComparer.Ordinal);
        foreach (Type type in typeof(AllocationRun).Assembly.GetTypes())
        {
            if (type.GetCustomAttribute<MemoryDiagnoserAttribute>() is not null)
            {
                Measure(type, bytes);
            }
        }

        return bytes;
    }

    private static void Measure(Type type, SortedDictionary<string, double> bytes)
    {
        object instance = Activator.CreateInstance(type)!;
        foreach (PropertyInfo property in type.GetProperties())
        {
            if (property.GetCustomAttribute<ParamsAttribute>() is { } parameters)
            {
                property.SetValue(instance, parameters.Values[0]);
            }
        }

        MethodInfo[] methods = type.GetMethods();
        CallAll<GlobalSetupAttribute>(methods, instance);
        foreach (MethodInfo method in methods)
        {
            if (method.GetCustomAttribute<BenchmarkAttribute>() is { } benchmark)
            {
                bytes[$"{type.Name}.{method.Name}"] = Math.Round(
                    Measure(SetupOf(methods, method.Name, instance), Wrap(method, instance), benchmark), 3);
            }
        }

        CallAll<GlobalCleanupAttribute>(methods, instance);
    }

    private static double Measure(Action setup, Action call, BenchmarkAttribute benchmark)
    {
        int calls = benchmark.OperationsPerInvoke == 1 ? Calls : 1;
        for (int warm = calls == 1 ? 2 : WarmCalls; warm > 0; warm--)
        {
            setup();
            call();
        }

        setup();
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < calls; i++)
        {
            call();
        }

        return (GC.GetAllocatedBytesForCurrentThread() - before) / ((double)calls * benchmark.OperationsPerInvoke);
    }

    private static void CallAll<TAttribute>(MethodInfo[] methods, object instance)
        where TAttribute : Attribute
    {
        foreach (MethodInfo method in methods)
        {
            if (method.GetCustomAttribute<TAttribute>() is not null)
            {
                method.Invoke(instance, null);
            }
        }
    }

    private static Action SetupOf(MethodInfo[] methods, string benchmark, object instance)
    {
        MethodInfo? setup = Array.Find(
            methods,
            method => method.GetCustomAttribute<IterationSetupAttribute>()?.Targets?.Contains(benchmark) == true);
        return setup is null ? static () => { } : setup.CreateDelegate<Action>(instance);
    }

    // A delegate of the method's own type, because calling it by reflection would box what it returns.
    private static Action Wrap(MethodInfo method, object instance) =>
        method.ReturnType == typeof(void)
            ? method.CreateDelegate<Action>(instance)
            : (Action)typeof(AllocationRun)
                .GetMethod(nameof(WrapFunction), BindingFlags.NonPublic | BindingFlags.Static)!
                .MakeGenericMethod(method.ReturnType)
                .Invoke(null, [method, instance])!;

    private static Action WrapFunction<TResult>(MethodInfo method, object instance)
    {
        Func<TResult> function = method.CreateDelegate<Func<TResult>>(instance);
        return () => _ = function();
    }
}
