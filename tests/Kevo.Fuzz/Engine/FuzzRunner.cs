using System.Diagnostics;

namespace Kevo.Fuzz.Engine;

/// <summary>
/// Feeds a target with generated and mutated inputs. Everything follows from the seed: a run can be repeated exactly.
/// </summary>
internal sealed class FuzzRunner(IFuzzTarget target, FuzzOptions options)
{
    /// <summary>No input of this size takes that long unless something grows out of bounds.</summary>
    private static readonly TimeSpan LongestTime = TimeSpan.FromSeconds(20);

    private const int MaxInputLength = 1 << 16;
    private const int MaxCorpus = 1024;
    private const int MemoryCheckInterval = 256;

    private readonly Random _random = new(options.Seed);
    private readonly List<byte[]> _corpus = [];
    private readonly HashSet<ulong> _seen = [];

    /// <summary>Runs all inputs, or until something is found.</summary>
    public FuzzReport Run()
    {
        Mutator mutator = new(_random, MaxInputLength);
        Signature hash = new();
        for (int number = 0; number < options.Inputs; number++)
        {
            byte[] input = Next(mutator);
            Trace(input);
            FuzzFinding? finding = Try(input, out ulong signature) ?? CheckMemory(number, input);
            if (finding is not null)
            {
                byte[] small = new Minimizer(bytes => Try(bytes, out _)?.Error.GetType() == finding.Error.GetType())
                    .Minimize(input);
                return new FuzzReport(
                    number + 1, _seen.Count, hash.Value, finding with { Number = number, Input = small });
            }

            hash.Add((int)signature);
            hash.Add((int)(signature >> 32));
            hash.Add(input.Length);
            Keep(input, signature);
        }

        return new FuzzReport(options.Inputs, _seen.Count, hash.Value, null);
    }

    /// <summary>Runs one input; whatever leaves the target, or passes a limit, is a finding.</summary>
    public FuzzFinding? Try(byte[] input, out ulong signature)
    {
        signature = 0;
        long allocated = GC.GetAllocatedBytesForCurrentThread();
        long started = Stopwatch.GetTimestamp();
        try
        {
            signature = target.Run(input);
        }
        catch (Exception error)
        {
            return new FuzzFinding(0, input, error);
        }

        allocated = GC.GetAllocatedBytesForCurrentThread() - allocated;
        if (allocated > target.MaxAllocatedBytes)
        {
            return new FuzzFinding(0, input, new FuzzFindingException(
                $"{input.Length} bytes made it allocate {allocated} bytes; the limit is {target.MaxAllocatedBytes}."));
        }

        TimeSpan time = Stopwatch.GetElapsedTime(started);
        return time > LongestTime
            ? new FuzzFinding(
                0, input, new FuzzFindingException($"{input.Length} bytes took {time.TotalSeconds:F0} s."))
            : null;
    }

    private byte[] Next(Mutator mutator)
    {
        if (_corpus.Count == 0 || _random.Next(4) == 0)
        {
            byte[] fresh = target.Generate(_random);
            return fresh.Length <= MaxInputLength ? fresh : fresh[..MaxInputLength];
        }

        return mutator.Mutate(AnyOfCorpus(), AnyOfCorpus());
    }

    private byte[] AnyOfCorpus()
    {
        // Half of the choices go to the newest, whose outcomes are the least explored.
        int newest = Math.Max(0, _corpus.Count - 16);
        return _corpus[_random.Next(2) == 0 ? _random.Next(newest, _corpus.Count) : _random.Next(_corpus.Count)];
    }

    private void Keep(byte[] input, ulong signature)
    {
        if (!_seen.Add(signature))
        {
            return;
        }

        if (_corpus.Count == MaxCorpus)
        {
            _corpus.RemoveAt(_random.Next(MaxCorpus / 2));
        }

        _corpus.Add(input);
    }

    private FuzzFinding? CheckMemory(int number, byte[] input)
    {
        long limit = (long)options.MaxMemoryMiB << 20;
        if (number % MemoryCheckInterval != 0 || Environment.WorkingSet <= limit)
        {
            return null;
        }

        // Garbage is no finding; only what stays after collecting it is.
        GC.Collect();
        return Environment.WorkingSet <= limit
            ? null
            : new FuzzFinding(0, input, new FuzzFindingException(
                $"The process takes {Environment.WorkingSet >> 20} MiB; the limit is {options.MaxMemoryMiB} MiB."));
    }

    private void Trace(byte[] input)
    {
        if (options.Trace)
        {
            Directory.CreateDirectory(options.Findings);
            File.WriteAllBytes(Path.Combine(options.Findings, $"{target.Name}-last.bin"), input);
        }
    }
}
