using Kevo.Replica;
using Kevo.Replica.Commands;
using Kevo.Replica.Terminal;

// Nothing may depend on the language of the machine; the project is built with invariant globalization.
ProcessEnvironment.EnsureHome();
using var signals = new StopSignals(TimeProvider.System);
var commandLine = new CommandLine(ReplicaCommands.All, Output.ForProcess(), TimeProvider.System);
return await commandLine.RunAsync(args, ProcessEnvironment.Read(), signals.Stop);
