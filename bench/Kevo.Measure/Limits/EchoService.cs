using Grpc.Core;
using Kevo.Wire.Contracts.Client;

namespace Kevo.Measure.Limits;

/// <summary>Answers every Get with one value and thinks about nothing: what the server stack costs by itself.</summary>
public sealed class EchoService(GetResponse answer) : KevoService.KevoServiceBase
{
    /// <inheritdoc/>
    public override Task<GetResponse> Get(GetRequest request, ServerCallContext context) => Task.FromResult(answer);

    /// <inheritdoc/>
    public override async Task Scan(
        ScanRequest request, IServerStreamWriter<ScanResponse> responseStream, ServerCallContext context)
    {
        var row = new ScanResponse { Key = request.Prefix, Value = answer.Value };
        for (int i = 0; i < request.Limit; i++)
        {
            await responseStream.WriteAsync(row);
        }
    }
}
