using Grpc.Core;
using Kevo.Wire;

namespace Kevo.Relay.Serving;

/// <summary>The sending side of one stream.</summary>
internal interface IRelayOutput
{
    /// <summary>Sends the response headers; once, before anything else.</summary>
    Task WriteHeadersAsync(Metadata headers);

    /// <summary>
    /// Sends a message; completes when the next one may be given, which is how a slow replica pushes back.
    /// </summary>
    Task WriteAsync(EncodedResponse message, CancellationToken cancellationToken);
}
