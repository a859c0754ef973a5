using Kevo.Core;
using Kevo.Testing.Disk;
using Xunit;

namespace Kevo.Storage.Tests.Store;

/// <content>What goes wrong in a life: power cuts and failing calls, at any call to the disk.</content>
internal sealed partial class StoreRun
{
    private const int TroubleAtOpeningMax = 3;

    private readonly SimulatedFileSystem? _disk;
    private readonly StoreTrouble _trouble;
    private const string PlannedText = "planned failure";
    private Action? _unfinished;
    private int _countdown = int.MaxValue;

    /// <summary>Times the power failed.</summary>
    public int Crashes { get; private set; }

    /// <summary>Calls that failed.</summary>
    public int Failures { get; private set; }

    private void PlanTrouble() =>
        _countdown = _trouble == StoreTrouble.None ? int.MaxValue : _random.Next(1, _random.Next(2) == 0 ? 20 : 200);

    private void MakeTrouble(DiskOperation operation)
    {
        if (--_countdown > 0)
        {
            return;
        }

        bool crash = _trouble == StoreTrouble.PowerCuts || (_trouble == StoreTrouble.Both && _random.Next(2) == 0);
        _countdown = crash ? int.MaxValue : _random.Next(1, 100);
        if (crash)
        {
            Crashes++;
            throw new SimulatedCrashException($"{_seedText}: the power failed before {operation.Name}.");
        }

        Failures++;
        bool isSync = operation.Name.Contains("SYNC", StringComparison.Ordinal);
        StorageFault fault = isSync
            ? StorageFault.SyncFailed
            : _random.Next(2) == 0 ? StorageFault.Full : StorageFault.InputOutput;
        throw new StorageException(fault, $"{PlannedText}: {operation.Name} of {operation.Path}.", operation.Path);
    }

    /// <summary>
    /// Does something and survives the trouble on the way as a process would: by going on, or by starting again.
    /// </summary>
    private void Protected(Action action)
    {
        if (_disk is null)
        {
            action();
            return;
        }

        try
        {
            action();
        }
        catch (SimulatedCrashException)
        {
            // Or the process was killed, and the power fails later, when the next one has built on what it found.
            StartAgain(powerCut: _random.Next(2) == 0);
        }
        catch (StorageException error) when (error.Fault == StorageFault.SyncFailed && IsPlanned(error))
        {
            AssertLatched();
            StartAgain(powerCut: _random.Next(2) == 0);
        }
        catch (StorageException error) when (_closed && IsPlanned(error))
        {
            StartAgain(powerCut: false);
        }
        catch (StorageException error) when (IsPlanned(error))
        {
            GoOn();
        }
    }

    /// <summary>Whether an error comes from a call that this life let fail; any other is a finding.</summary>
    private bool IsPlanned(StorageException error) => error.Message.Contains(PlannedText, StringComparison.Ordinal);

    private void AssertLatched()
    {
        if (_store.Failure is not null)
        {
            StorageException again = Assert.Throws<StorageException>(_store.Sync);
            Assert.Equal(StorageFault.SyncFailed, again.Fault);
        }
    }

    /// <summary>The batch under way is lost, as the store says; everything else is as before.</summary>
    private void GoOn()
    {
        try
        {
            _store.Discard();
            _model.Discard();
            if (_unfinished is null)
            {
                _model.ExpectNothing();
            }
        }
        catch (SimulatedCrashException)
        {
            StartAgain(powerCut: true);
        }
        catch (StorageException error) when (IsPlanned(error))
        {
            StartAgain(powerCut: false);
        }
    }

    private void StartAgain(bool powerCut)
    {
        _unfinished = null;
        _model.LoseOpenBatch();
        _snapshots.Clear();
        if (!powerCut)
        {
            // The process ends, its files close; what it wrote is still in the page cache.
            _store.Dispose();
        }

        for (int attempt = 0; ; attempt++)
        {
            if (powerCut)
            {
                _disk!.Crash(_random.Next());
            }

            try
            {
                PlanTrouble();
                _countdown = attempt < TroubleAtOpeningMax ? _countdown : int.MaxValue;
                Open();
                return;
            }
            catch (SimulatedCrashException)
            {
                powerCut = _random.Next(2) == 0;
            }
            catch (StorageException error) when (IsPlanned(error))
            {
                powerCut = _random.Next(2) == 0;
            }
        }
    }
}
