using System.Buffers;
using System.Text.Json;
using Kevo.Core;

namespace Kevo.Storage.Kevo;

/// <content>The file's bytes.</content>
public sealed partial record StockManifest
{
    private static readonly JsonWriterOptions WriterOptions = new()
    {
        Indented = true, IndentCharacter = ' ', IndentSize = 2, NewLine = "\n",
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>The bytes of the file: indented by two spaces, stock's field order, no newline at the end.</summary>
    public byte[] ToJson()
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, WriterOptions))
        {
            json.WriteStartObject();
            json.WriteNumber("version", Version);
            json.WriteString("wal_dir", WalDirectory);
            json.WriteNumber("wal_sync_mode", WalSyncMode);
            json.WriteNumber("wal_sync_bytes", WalSyncBytes);
            json.WriteNumber("wal_max_size", WalMaxSize);
            json.WriteNumber("memtable_size", MemtableSize);
            json.WriteNumber("max_memtables", MaxMemtables);
            json.WriteNumber("max_memtable_age", MaxMemtableAge);
            json.WriteNumber("memtable_pool_cap", MemtablePoolCap);
            json.WriteString("sst_dir", TableDirectory);
            json.WriteNumber("sstable_block_size", TableBlockSize);
            json.WriteNumber("sstable_index_size", TableIndexSize);
            json.WriteNumber("sstable_max_size", TableMaxSize);
            json.WriteNumber("sstable_restart_size", TableRestartSize);
            json.WriteNumber("compaction_levels", CompactionLevels);
            json.WriteNumber("compaction_ratio", CompactionRatio);
            json.WriteNumber("compaction_threads", CompactionThreads);
            json.WriteNumber("compaction_interval", CompactionInterval);
            json.WriteNumber("max_level_with_tombstones", MaxLevelWithTombstones);
            json.WriteNumber("read_only_tx_ttl", ReadOnlyTransactionSeconds);
            json.WriteNumber("read_write_tx_ttl", ReadWriteTransactionSeconds);
            json.WriteNumber("idle_tx_timeout", IdleTransactionSeconds);
            json.WriteNumber("tx_cleanup_interval", TransactionCleanupSeconds);
            json.WriteNumber("tx_warning_threshold", TransactionWarningPercent);
            json.WriteNumber("tx_critical_threshold", TransactionCriticalPercent);
            json.WriteEndObject();
        }

        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>Reads and validates the bytes of a manifest; missing numbers are 0, as in stock.</summary>
    /// <param name="bytes">The whole file.</param>
    /// <param name="path">Its path, for messages.</param>
    /// <exception cref="StorageException">
    /// <see cref="StorageFault.Corrupt"/>: stock would not start with it.
    /// </exception>
    public static StockManifest Parse(ReadOnlySpan<byte> bytes, string path)
    {
        Dictionary<string, JsonElement> fields = ReadFields(bytes, path);
        long Number(string name) => NumberField(fields, name, path);
        var manifest = new StockManifest
        {
            Version = Number("version"),
            WalDirectory = TextField(fields, "wal_dir", path),
            WalSyncMode = Number("wal_sync_mode"),
            WalSyncBytes = Number("wal_sync_bytes"),
            WalMaxSize = Number("wal_max_size"),
            MemtableSize = Number("memtable_size"),
            MaxMemtables = Number("max_memtables"),
            MaxMemtableAge = Number("max_memtable_age"),
            MemtablePoolCap = Number("memtable_pool_cap"),
            TableDirectory = TextField(fields, "sst_dir", path),
            TableBlockSize = Number("sstable_block_size"),
            TableIndexSize = Number("sstable_index_size"),
            TableMaxSize = Number("sstable_max_size"),
            TableRestartSize = Number("sstable_restart_size"),
            CompactionLevels = Number("compaction_levels"),
            CompactionRatio = RatioField(fields, "compaction_ratio", path),
            CompactionThreads = Number("compaction_threads"),
            CompactionInterval = Number("compaction_interval"),
            MaxLevelWithTombstones = Number("max_level_with_tombstones"),
            ReadOnlyTransactionSeconds = Number("read_only_tx_ttl"),
            ReadWriteTransactionSeconds = Number("read_write_tx_ttl"),
            IdleTransactionSeconds = Number("idle_tx_timeout"),
            TransactionCleanupSeconds = Number("tx_cleanup_interval"),
            TransactionWarningPercent = Number("tx_warning_threshold"),
            TransactionCriticalPercent = Number("tx_critical_threshold"),
        };
        string? fault = manifest.FindFault();
        return fault is null ? manifest : throw Unusable(path, fault);
    }

    /// <summary>The fields by name, in any letter case; of a name that occurs twice the last counts.</summary>
    private static Dictionary<string, JsonElement> ReadFields(ReadOnlySpan<byte> bytes, string path)
    {
        JsonElement root;
        try
        {
            var reader = new Utf8JsonReader(bytes);
            root = JsonElement.ParseValue(ref reader);
            if (reader.Read())
            {
                throw Unusable(path, "something follows the object");
            }
        }
        catch (JsonException e)
        {
            throw Unusable(path, $"it is not JSON ({e.Message})", e);
        }

        if (root.ValueKind != JsonValueKind.Object)
        {
            throw Unusable(path, "it is not one JSON object");
        }

        var fields = new Dictionary<string, JsonElement>(StringComparer.OrdinalIgnoreCase);
        foreach (JsonProperty property in root.EnumerateObject())
        {
            if (property.Value.ValueKind != JsonValueKind.Null)
            {
                fields[Text(() => property.Name, path)] = property.Value;
            }
        }

        return fields;
    }

    private static long NumberField(Dictionary<string, JsonElement> fields, string name, string path)
    {
        if (!fields.TryGetValue(name, out JsonElement field))
        {
            return 0;
        }

        return field.ValueKind == JsonValueKind.Number && field.TryGetInt64(out long number)
            ? number
            : throw Unusable(path, $"{name} is not a whole number");
    }

    private static double RatioField(Dictionary<string, JsonElement> fields, string name, string path)
    {
        if (!fields.TryGetValue(name, out JsonElement field))
        {
            return 0;
        }

        return field.ValueKind == JsonValueKind.Number && field.TryGetDouble(out double number)
            && double.IsFinite(number)
            ? number
            : throw Unusable(path, $"{name} is not a number");
    }

    private static string TextField(Dictionary<string, JsonElement> fields, string name, string path)
    {
        if (!fields.TryGetValue(name, out JsonElement field))
        {
            return "";
        }

        return field.ValueKind == JsonValueKind.String
            ? Text(() => field.GetString()!, path) : throw Unusable(path, $"{name} is not text");
    }

    /// <summary>
    /// Takes a name or text out of the JSON. Its bytes are checked only now, and are told of as an invalid operation.
    /// </summary>
    private static string Text(Func<string> take, string path)
    {
        try
        {
            return take();
        }
        catch (InvalidOperationException e)
        {
            throw Unusable(path, "a text in it is not valid Unicode", e);
        }
    }

    private static StorageException Unusable(string path, string reason, Exception? cause = null) =>
        new(
            StorageFault.Corrupt,
            $"Manifest {path} is unusable: {reason}. Stock Kevo refuses to start with it; repair it, or remove it "
            + "so that the default is made.",
            path,
            cause);
}
