using Grpc.Core;
using Kevo.Server.Reporting;
using Kevo.Storage;
using Kevo.Wire.Contracts.Client;

namespace Kevo.Server.Reads;

/// <summary>What clients ask about the node itself.</summary>
internal sealed partial class KevoReadService
{
    /// <summary>The version of Kevo whose client protocol this server speaks.</summary>
    public const string ProtocolVersion = "1.4.2";

    /// <summary>
    /// Role, addresses and position, as stock clients need them to route reads here and writes to the primary.
    /// </summary>
    public Task<GetNodeInfoResponse> GetNodeInfoAsync(GetNodeInfoRequest request, ServerCallContext context)
    {
        Kevo.Core.LogPosition visible = _store.Visible;
        _consistency.Announce(context, visible);
        GetNodeInfoResponse answer = new()
        {
            NodeRole = GetNodeInfoResponse.Types.NodeRole.Replica,
            PrimaryAddress = _options.AnnouncedPrimaryAddress,
            LastSequence = visible.Sequence,
            ReadOnly = true,
            Version = ProtocolVersion,
        };
        answer.Replicas.Add(new ReplicaInfo
        {
            Address = AdvertisedAddress,
            LastSequence = visible.Sequence,
            Available = true,
        });
        return Task.FromResult(answer);
    }

    /// <summary>
    /// Figures about store and calls. Never scans and never fails: clients use it to see whether a node lives.
    /// </summary>
    public Task<GetStatsResponse> GetStatsAsync(GetStatsRequest request, ServerCallContext context)
    {
        StoreStatistics store = _store.GetStatistics();
        ReplicaReport report = _status.GetReport();
        _consistency.Announce(context, _store.Visible);
        GetStatsResponse answer = new()
        {
            KeyCount = store.EstimatedKeyCount,
            StorageSize = store.EstimatedDataBytes,
            MemtableCount = store.MemtableCount,
            SstableCount = store.TableCount,
            WriteAmplification = store.WriteAmplification,
            // The places a Get asks at most, one table in each run; stock always says 1.0. Filters spare it most.
            ReadAmplification = store.MemtableCount + store.RunCount,
            TotalBytesRead = _statistics.BytesSent,
            TotalBytesWritten = report.Counters.Bytes,
            FlushCount = store.FlushCount,
            CompactionCount = store.CompactionCount,
            RecoveryStats = new RecoveryStats(),
        };
        foreach (RpcKind kind in Enum.GetValues<RpcKind>())
        {
            RpcTotals totals = _statistics[kind];
            long count = totals.Count;
            if (count == 0)
            {
                continue;
            }

            answer.OperationCounts[totals.Name] = (ulong)count;
            answer.LatencyStats[totals.Name] = new LatencyStats
            {
                Count = (ulong)count,
                AvgNs = (ulong)(totals.TotalNanoseconds / count),
                MinNs = (ulong)totals.MinNanoseconds,
                MaxNs = (ulong)totals.MaxNanoseconds,
            };
        }

        foreach ((string kind, long count) in report.Counters.ErrorsByKind)
        {
            answer.ErrorCounts[kind] = (ulong)count;
        }

        return Task.FromResult(answer);
    }
}
