using System.Text;
using Kevo.Core;
using Kevo.Replication.Bootstrap;
using Kevo.Testing;

namespace Kevo.Replication.Tests.World;

/// <summary>
/// A stock primary as one sees it who only listens: live writes on the scripted stream, transactions only in the
/// content, and a read service beside it.
/// </summary>
internal sealed class ListenedPrimary(ScriptedPrimary stream) : IPrimaryReader
{
    private bool _restarted;

    public SortedDictionary<byte[], byte[]> Content { get; private set; } = new(ByteOrder.Instance);

    public ulong Last { get; set; }

    /// <summary>What the read service says; null follows <see cref="Last"/>.</summary>
    public ulong? Reported { get; set; }

    /// <summary>Whether the read service knows the streams, as that of the same process does.</summary>
    public bool ListsSessions { get; set; } = true;

    /// <summary>Nothing is sent live any more.</summary>
    public bool Rotated { get; set; }

    /// <summary>The read service fails with this.</summary>
    public Exception? ReadFault { get; set; }

    /// <summary>How long the read service takes to fail.</summary>
    public TimeSpan Slowness { get; set; }

    /// <summary>The clock of <see cref="Slowness"/>.</summary>
    public TimeProvider Time { get; set; } = TimeProvider.System;

    /// <summary>Called after each row of a scan, with its number from 1.</summary>
    public Action<int>? RowRead { get; set; }

    public int Scans { get; private set; }

    public bool IsDisposed { get; private set; }

    public string Target => "scripted reader";

    public void Put(string key, string value)
    {
        Count();
        Content[Encoding.UTF8.GetBytes(key)] = Encoding.UTF8.GetBytes(value);
        Send(Entries.Put(Last, key, value));
    }

    public void Delete(string key)
    {
        Count();
        Content.Remove(Encoding.UTF8.GetBytes(key));
        Send(Entries.Delete(Last, key));
    }

    /// <summary>Several puts under one number, never sent live.</summary>
    public void Commit(params (string Key, string Value)[] puts)
    {
        Count();
        foreach ((string key, string value) in puts)
        {
            Content[Encoding.UTF8.GetBytes(key)] = Encoding.UTF8.GetBytes(value);
        }
    }

    /// <summary>The primary comes back and says no number before its first write.</summary>
    public void Restart(ulong lost = 0)
    {
        Last -= lost;
        Reported = 0;
        _restarted = true;
    }

    /// <summary>The primary forgets everything and begins anew.</summary>
    public void Recreate()
    {
        Content = new(ByteOrder.Instance);
        Last = 0;
    }

    public async ValueTask<PrimaryAnswer> AskAsync(ulong acknowledged, CancellationToken cancellationToken)
    {
        if (ReadFault is not { } fault)
        {
            return new PrimaryAnswer(Reported ?? Last, ListsSessions);
        }

        if (Slowness > TimeSpan.Zero)
        {
            TaskCompletionSource late = new();
            await using ITimer timer =
                Time.CreateTimer(_ => late.TrySetResult(), null, Slowness, Timeout.InfiniteTimeSpan);
            await late.Task.WaitAsync(cancellationToken);
        }

        throw fault;
    }

    public IPrimaryScan Scan()
    {
        Scans++;
        return new Walk(this);
    }

    public ValueTask DisposeAsync()
    {
        IsDisposed = true;
        return ValueTask.CompletedTask;
    }

    private void Count()
    {
        Last++;
        Reported = _restarted ? null : Reported;
        _restarted = false;
    }

    private void Send(byte[] payload)
    {
        if (!Rotated && stream.Sessions.Count > 0)
        {
            stream.Session.Send(Entries.Broadcast(payload));
        }
    }

    /// <summary>Reads the live content row by row, as a stock scan does: not a snapshot.</summary>
    private sealed class Walk(ListenedPrimary primary) : IPrimaryScan
    {
        private byte[] _key = [];
        private byte[] _value = [];
        private int _rows;

        public ReadOnlySpan<byte> Key => _key;

        public ReadOnlySpan<byte> Value => _value;

        public async ValueTask<bool> MoveNextAsync(CancellationToken cancellationToken)
        {
            await Task.Yield();
            cancellationToken.ThrowIfCancellationRequested();
            if (primary.ReadFault is { } fault)
            {
                throw fault;
            }

            foreach ((byte[] key, byte[] value) in primary.Content)
            {
                if (key.AsSpan().SequenceCompareTo(_key) > 0)
                {
                    (_key, _value) = (key, value);
                    primary.RowRead?.Invoke(++_rows);
                    return true;
                }
            }

            return false;
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
