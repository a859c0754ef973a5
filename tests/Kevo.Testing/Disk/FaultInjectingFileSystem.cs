using System.Globalization;
using Kevo.Core;
using Kevo.Platform;

namespace Kevo.Testing.Disk;

/// <summary>
/// Stands before another file system, records every call by its operation name, and lets a chosen call fail or be
/// the last one before the machine stops. Thread-safe.
/// </summary>
public sealed partial class FaultInjectingFileSystem(IFileSystem inner) : IFileSystem
{
    private readonly Lock _gate = new();
    private readonly List<DiskOperation> _operations = [];
    private readonly Dictionary<string, int> _counts = new(StringComparer.Ordinal);
    private readonly List<PlannedFault> _plan = [];
    private volatile bool _crashed;

    /// <summary>Called at the moment of a planned crash: the time to take an image of the disk.</summary>
    public Action? OnCrash { get; set; }

    /// <summary>Called before every call that is let through; a simulator spends time here.</summary>
    public Action<DiskOperation>? OnOperation { get; set; }

    /// <summary>
    /// Asked whether the disk is still at work on what was left to it. Never, unless told otherwise.
    /// </summary>
    public Func<bool> IsBusy { get; set; } = static () => false;

    /// <summary>Whether a planned crash has happened.</summary>
    public bool HasCrashed => _crashed;

    /// <summary>All calls so far, in order. A copy.</summary>
    public IReadOnlyList<DiskOperation> Operations
    {
        get
        {
            lock (_gate)
            {
                return [.. _operations];
            }
        }
    }

    /// <summary>How often an operation was called.</summary>
    public int CountOf(string operation)
    {
        lock (_gate)
        {
            return _counts.GetValueOrDefault(operation);
        }
    }

    /// <summary>
    /// Makes a call fail, counted from 1 since the beginning, without doing anything. A sync fails as
    /// <see cref="StorageFault.SyncFailed"/> whatever the cause, as on a real disk.
    /// </summary>
    public void Fail(string operation, int occurrence = 1, StorageFault fault = StorageFault.InputOutput) =>
        Plan(new PlannedFault(operation, occurrence, PlannedFaultKind.Fail, fault));

    /// <summary>Stops the machine before a call, counted from 1 since the beginning.</summary>
    public void CrashBefore(string operation, int occurrence = 1) =>
        Plan(new PlannedFault(operation, occurrence, PlannedFaultKind.CrashBefore, default));

    /// <summary>Stops the machine after a call, counted from 1 since the beginning.</summary>
    public void CrashAfter(string operation, int occurrence = 1) =>
        Plan(new PlannedFault(operation, occurrence, PlannedFaultKind.CrashAfter, default));

    internal void RequireAlive()
    {
        if (_crashed)
        {
            throw new SimulatedCrashException("The machine has stopped.");
        }
    }

    internal void Run(string operation, string path, Action call, bool isSync = false) =>
        _ = Run(operation, path, () => { call(); return true; }, isSync);

    internal T Run<T>(string operation, string path, Func<T> call, bool isSync = false)
    {
        RequireAlive();
        PlannedFault? planned = Record(operation, path);
        OnOperation?.Invoke(new DiskOperation(operation, path));
        switch (planned?.Kind)
        {
            case null:
                return call();
            case PlannedFaultKind.Fail:
                throw new StorageException(
                    isSync ? StorageFault.SyncFailed : planned.Fault, $"{operation}: planned fault at {path}.", path);
            case PlannedFaultKind.CrashBefore:
                throw Crash(planned);
            default:
                T result = call();
                (result as IDisposable)?.Dispose();
                throw Crash(planned);
        }
    }

    private void Plan(PlannedFault fault)
    {
        lock (_gate)
        {
            _plan.Add(fault);
        }
    }

    private PlannedFault? Record(string operation, string path)
    {
        lock (_gate)
        {
            _operations.Add(new DiskOperation(operation, path));
            int count = _counts.GetValueOrDefault(operation) + 1;
            _counts[operation] = count;
            return _plan.Find(fault => fault.Operation == operation && fault.Occurrence == count);
        }
    }

    private SimulatedCrashException Crash(PlannedFault planned)
    {
        _crashed = true;
        OnCrash?.Invoke();
        return new SimulatedCrashException(string.Create(
            CultureInfo.InvariantCulture, $"{planned.Kind} of call {planned.Occurrence} of {planned.Operation}."));
    }
}
