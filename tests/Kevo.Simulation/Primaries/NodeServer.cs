using Kevo.Simulation.Nodes;

namespace Kevo.Simulation.Primaries;

/// <summary>A node that serves its log, as the nodes behind it reach it.</summary>
internal sealed class NodeServer(Node node) : RelayedServer
{
    public override Machine Machine => node.Machine;

    protected override RelayEndpoint? Endpoint => node.Endpoint;
}
