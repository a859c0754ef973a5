using System.Globalization;
using System.Text.Json;
using Kevo.Core;
using Kevo.Platform;
using Kevo.Replica.Terminal;
using Kevo.Storage.Kevo;

namespace Kevo.Replica.Commands;

/// <summary>What the <c>wal</c> commands do with a directory, or a file, that stock Kevo wrote.</summary>
internal static class StockWal
{
    /// <summary>
    /// Whether the path is stock Kevo's: a WAL file, a directory that holds some, or one that has tables only.
    /// </summary>
    public static bool IsAt(string path) =>
        path.EndsWith(".wal", StringComparison.Ordinal) || Holds(path) || Holds(Path.Combine(path, "wal"))
        || LinuxFileSystem.Instance.FileExists(Path.Combine(path, StockManifest.FileName));

    /// <summary>Prints a table, or JSON, of the files.</summary>
    public static int Stat(Invocation invocation, string path, bool json, CancellationToken stop)
    {
        StockWalReport report = Inspect(invocation, path, stop);
        TextWriter output = invocation.Output.Out;
        if (json)
        {
            output.WriteLine(JsonText.Of(writer => WriteJson(writer, report), indented: true));
            return ExitCode.Ok;
        }

        var table = new TextTable(
            "file", "bytes", "puts", "deletes", "transactions", "lowest", "highest", "resets", "damaged places");
        foreach (StockWalFileReport file in report.Files)
        {
            table.Add(
                file.File.Name, Number(file.Length), Number(file.Puts), Number(file.Deletes), Number(file.Transactions),
                file.LowestSequence.ToString(CultureInfo.InvariantCulture),
                file.HighestSequence.ToString(CultureInfo.InvariantCulture), Number(file.SequenceResets),
                Number(file.DamageCount));
        }

        table.Write(invocation.Output);
        output.WriteLine(Summary(report));
        return ExitCode.Ok;
    }

    /// <summary>Prints what is damaged; an error when anything is.</summary>
    /// <exception cref="StorageException">Something is damaged.</exception>
    public static int Verify(Invocation invocation, string path, bool json, CancellationToken stop)
    {
        StockWalReport report = Inspect(invocation, path, stop);
        if (json)
        {
            invocation.Output.Out.WriteLine(JsonText.Of(writer => WriteJson(writer, report), indented: true));
        }
        else
        {
            foreach (StockDamage damage in report.Files.SelectMany(file => file.Damage))
            {
                invocation.Output.Out.WriteLine(damage.ToString());
            }

            invocation.Output.Out.WriteLine((report.IsClean ? "sound: " : "damaged: ") + Summary(report));
        }

        return report.IsClean
            ? ExitCode.Ok
            : throw new StorageException(
                StorageFault.Corrupt,
                $"{report.LostBytes} bytes of the WAL in {path} cannot be read; stock Kevo may lose more than that "
                + "when it opens the directory. Import it with \"kevo-replica import\" to save what can be saved.",
                path);
    }

    /// <summary>Prints one JSON line for each entry; what was skipped, and why, goes to standard error.</summary>
    public static int Dump(Invocation invocation, string path, CancellationToken stop)
    {
        invocation.Output.Out.Flush();
        using Stream output = Console.OpenStandardOutput();
        StockWalReport report = StockWalInspector.Dump(LinuxFileSystem.Instance, Locate(path), output, stop);
        foreach (StockDamage damage in report.Files.SelectMany(file => file.Damage))
        {
            invocation.Output.Error.WriteLine($"skipped: {damage}");
        }

        return ExitCode.Ok;
    }

    private static StockWalReport Inspect(Invocation invocation, string path, CancellationToken stop)
    {
        using IWorkDisplay bar = invocation.Output.StartProgress(invocation.Time);
        return StockWalInspector.Inspect(LinuxFileSystem.Instance, Locate(path), bar, stop);
    }

    private static IReadOnlyList<StockWalFile> Locate(string path) =>
        StockDirectory.LocateWal(LinuxFileSystem.Instance, path, includeBackups: true);

    private static bool Holds(string directory) =>
        LinuxFileSystem.Instance.DirectoryExists(directory)
        && LinuxFileSystem.Instance.ListFiles("WAL:LIST", directory).Any(
            name => name.EndsWith(".wal", StringComparison.Ordinal));

    private static string Summary(StockWalReport report) => string.Create(
        CultureInfo.InvariantCulture,
        $"{report.Files.Count} files, {report.EntryCount} entries, {report.LostBytes} damaged bytes");

    private static string Number(long number) => number.ToString(CultureInfo.InvariantCulture);

    private static void WriteJson(Utf8JsonWriter json, StockWalReport report)
    {
        json.WriteStartObject();
        json.WriteNumber("entries", report.EntryCount);
        json.WriteNumber("damagedBytes", report.LostBytes);
        json.WriteBoolean("sound", report.IsClean);
        json.WriteStartArray("files");
        foreach (StockWalFileReport file in report.Files)
        {
            json.WriteStartObject();
            json.WriteString("file", file.File.Path);
            json.WriteNumber("bytes", file.Length);
            json.WriteNumber("puts", file.Puts);
            json.WriteNumber("deletes", file.Deletes);
            json.WriteNumber("merges", file.Merges);
            json.WriteNumber("transactions", file.Transactions);
            json.WriteNumber("lowest", file.LowestSequence);
            json.WriteNumber("highest", file.HighestSequence);
            json.WriteNumber("resets", file.SequenceResets);
            json.WriteStartArray("damage");
            foreach (StockDamage damage in file.Damage)
            {
                json.WriteStringValue(damage.ToString());
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }
}
