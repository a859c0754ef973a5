using Kevo.Platform;
using Kevo.Replica;
using Kevo.Replica.Commands;
using Kevo.Replica.Terminal;

// The HTTP client buffers a stream in arrays of 16 KiB from the shared pool, a window's worth at a time. The pool's
// usual 32 arrays for each processor would make garbage of the rest, about 100 bytes for each entry received; the
// number can be set by the environment only, before the pool is first used.
Environment.SetEnvironmentVariable("DOTNET_SYSTEM_BUFFERS_SHAREDARRAYPOOL_MAXARRAYSPERPARTITION", "2048");

// Nothing may depend on the language of the machine; the project is built with invariant globalization.
ProcessEnvironment.EnsureHome();
TimeProvider time = ProcessTime.Source;
using var signals = new StopSignals(time);
var commandLine = new CommandLine(ReplicaCommands.All, Output.ForProcess(), time);
return await commandLine.RunAsync(args, ProcessEnvironment.Read(), signals.Stop);
