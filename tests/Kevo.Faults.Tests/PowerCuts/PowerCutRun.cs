using System.Globalization;
using Kevo.Faults.Tests.Scenarios;
using Kevo.Testing.Disk;

namespace Kevo.Faults.Tests.PowerCuts;

/// <summary>
/// One run of a store over a disk that is looked at before every call: each disk that a power cut at this moment could
/// leave is opened and compared with the model. Between two calls only the unsynced bytes grow, and those are left in
/// every mixture, so that the moments in between are covered.
/// </summary>
internal sealed class PowerCutRun
{
    // Every fourth image is also written on and opened once more.
    private const int FullEvery = 4;

    private readonly SimulatedFileSystem _raw = new();
    private readonly HashSet<ulong> _seen = [];
    private readonly List<Action> _waiting = [];
    private readonly Random _random;
    private readonly int _seed;
    private readonly int _systematic;
    private readonly int _sampled;
    private readonly bool _inOrder;
    private readonly StoreScenario _scenario;

    /// <param name="seed">Of the load and the samples.</param>
    /// <param name="systematic">How many of the combinations in order are taken at each moment.</param>
    /// <param name="sampled">How many at random where there are more.</param>
    /// <param name="inOrder">Whether images are opened one by one, so that the first failure has a number.</param>
    public PowerCutRun(int seed, int systematic, int sampled, bool inOrder)
    {
        _seed = seed;
        _random = new Random(seed);
        _systematic = systematic;
        _sampled = sampled;
        _inOrder = inOrder;
        _scenario = new StoreScenario(seed, 0);
    }

    /// <summary>Different disks opened.</summary>
    public int Images => _seen.Count;

    /// <summary>Moments looked at.</summary>
    public int Moments { get; private set; }

    /// <summary>Entries written.</summary>
    public int Entries => _scenario.Entries;

    /// <summary>Runs until so many entries are written.</summary>
    /// <exception cref="ProofFailedException">An image does not hold a prefix that is long enough.</exception>
    public void Run(int entries)
    {
        var disk = new FaultInjectingFileSystem(_raw) { OnOperation = operation => Look(operation.Name) };
        while (_scenario.Entries < entries)
        {
            _scenario.WriteMuch(disk, 20);
        }

        Look("the end");
        OpenWaiting();
    }

    private void Look(string moment)
    {
        Moments++;
        StoreHistory history = _scenario.History.Copy();
        var choices = new ChoiceSequence();
        bool more = true;
        for (int i = 0; i < _systematic && more; i++)
        {
            Take(_raw.CrashImage(choices), history, moment);
            more = choices.Advance();
        }

        for (int i = 0; i < _sampled && more; i++)
        {
            Take(_raw.CrashImage(_random), history, moment);
        }
    }

    private void Take(SimulatedFileSystem image, StoreHistory history, string moment)
    {
        // The same disk with the same things to expect was opened already.
        ulong fingerprint = image.Fingerprint() + (history.Acknowledged.Sequence * 0x9E3779B97F4A7C15);
        if (!_seen.Add(fingerprint))
        {
            return;
        }

        int number = _seen.Count;
        string where = string.Create(
            CultureInfo.InvariantCulture, $"seed {_seed}, image {number}, power cut before {moment}");
        Action open = () => Open(image, history, number, where);
        if (_inOrder)
        {
            open();
            return;
        }

        _waiting.Add(open);
        if (_waiting.Count == 512)
        {
            OpenWaiting();
        }
    }

    private void OpenWaiting()
    {
        var failures = new System.Collections.Concurrent.ConcurrentQueue<string>();
        Parallel.ForEach(_waiting, new ParallelOptions { MaxDegreeOfParallelism = 2 }, open =>
        {
            try
            {
                open();
            }
            catch (ProofFailedException failure)
            {
                failures.Enqueue(failure.Message);
            }
        });
        _waiting.Clear();
        if (!failures.IsEmpty)
        {
            throw new ProofFailedException($"{failures.Count} images fail:\n{string.Join("\n\n", failures.Take(5))}");
        }
    }

    private void Open(SimulatedFileSystem image, StoreHistory history, int number, string where)
    {
        StoreScenario scenario = StoreScenario.ForRecovery(_seed + number, history);
        try
        {
            if (number % FullEvery == 0)
            {
                scenario.Recover(image, where);
            }
            else
            {
                scenario.Look(image, where);
            }
        }
        catch (Exception error) when (error is not ProofFailedException)
        {
            throw new ProofFailedException($"{where}: {error}");
        }
    }
}
