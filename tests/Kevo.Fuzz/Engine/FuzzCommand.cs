namespace Kevo.Fuzz.Engine;

/// <summary>The command line: exit code 0 nothing found, 1 a finding, 2 wrong arguments.</summary>
internal static class FuzzCommand
{
    private const int Found = 1;
    private const int Usage = 2;

    /// <summary>Runs what the arguments ask for.</summary>
    public static int Run(string[] args, TextWriter output)
    {
        FuzzOptions options;
        List<IFuzzTarget> targets = [];
        try
        {
            options = FuzzOptions.Parse(args);
            foreach (string name in options.Targets.Count > 0 ? options.Targets : FuzzTargets.Names)
            {
                targets.Add(FuzzTargets.Create(name)
                    ?? throw new ArgumentException(
                        $"No target {name}; there are {string.Join(", ", FuzzTargets.Names)}."));
            }
        }
        catch (ArgumentException error)
        {
            output.WriteLine(error.Message);
            return Usage;
        }

        if (options.List)
        {
            output.WriteLine(string.Join(Environment.NewLine, FuzzTargets.Names));
            return 0;
        }

        return options.InputFile is not null
            ? RunOne(targets[0], options, output)
            : RunAll(targets, options, output);
    }

    private static int RunOne(IFuzzTarget target, FuzzOptions options, TextWriter output)
    {
        byte[] input = File.ReadAllBytes(options.InputFile!);
        FuzzFinding? finding = new FuzzRunner(target, options).Try(input, out ulong signature);
        output.WriteLine(
            finding is null ? $"{target.Name}: no finding, signature {signature:x16}" : $"{finding.Error}");
        return finding is null ? 0 : Found;
    }

    private static int RunAll(List<IFuzzTarget> targets, FuzzOptions options, TextWriter output)
    {
        int exitCode = 0;
        foreach (IFuzzTarget target in targets)
        {
            FuzzReport report = new FuzzRunner(target, options).Run();
            output.WriteLine(
                $"{target.Name}: {report.Inputs} inputs, seed {options.Seed}, {report.Signatures} kinds of outcome, " +
                $"run {report.RunHash:x16}{(report.Finding is null ? ", nothing found" : "")}");
            if (report.Finding is FuzzFinding finding)
            {
                exitCode = Found;
                Report(target, finding, options, output);
            }
        }

        return exitCode;
    }

    private static void Report(IFuzzTarget target, FuzzFinding finding, FuzzOptions options, TextWriter output)
    {
        Directory.CreateDirectory(options.Findings);
        string path = Path.Combine(options.Findings, $"{target.Name}-{options.Seed}-{finding.Number}.bin");
        File.WriteAllBytes(path, finding.Input);
        output.WriteLine($"  FOUND with input {finding.Number} of {finding.Input.Length} bytes: {finding.Error}");
        output.WriteLine($"  again with: --target {target.Name} --input {path}");
    }
}
