namespace Kevo.Server.Reads;

/// <summary>The calls of Kevo's client service; the names are those of the protocol.</summary>
internal enum RpcKind
{
    Get,
    Put,
    Delete,
    BatchWrite,
    Scan,
    BeginTransaction,
    CommitTransaction,
    RollbackTransaction,
    TxGet,
    TxPut,
    TxDelete,
    TxScan,
    GetStats,
    Compact,
    GetNodeInfo,
}
