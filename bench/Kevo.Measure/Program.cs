using System.CommandLine;
using Kevo.Measure.Commands;
using Kevo.Measure.Roles;

// As in the product's Program.cs, where the reason is; the child processes inherit it.
Environment.SetEnvironmentVariable("DOTNET_SYSTEM_BUFFERS_SHAREDARRAYPOOL_MAXARRAYSPERPARTITION", "2048");
if (args is ["role", var role, .. var rest])
{
    return await RoleDispatch.RunAsync(role, rest);
}

var root = new RootCommand("Measures Kevo.Native against limits of this machine, taken in the same run.")
{
    IngestCommand.Create(),
    IngestTableCommand.Create(),
    LatencyCommand.Create(),
    AllocationsCommand.Create(),
    ReadsCommand.Create(),
    CatchupCommand.Create(),
    IdleCommand.Create(),
    ScanCommand.Create(),
    RecoveryCommand.Create(),
    GrowthCommand.Create(),
    CompactionCommand.Create(),
    FlameCommand.Create(),
};
root.Subcommands.Add(AllCommand.Create(root));
return await root.Parse(args).InvokeAsync();
