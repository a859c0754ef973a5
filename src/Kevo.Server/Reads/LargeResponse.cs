using Grpc.Core;
using Microsoft.AspNetCore.Http;

namespace Kevo.Server.Reads;

/// <summary>
/// One large answer on its way: it holds its bytes of the budget until the response has ended, and ends the call of a
/// client that takes too long over it.
/// </summary>
internal sealed class LargeResponse : IDisposable
{
    /// <summary>A client may take this long per byte (64 KiB a second) beyond the limit for standing still.</summary>
    private const double SecondsPerByte = 1.0 / (64 << 10);

    private readonly ResponseBudget _budget;
    private readonly int _bytes;
    private readonly ITimer _limit;

    private LargeResponse(ResponseBudget budget, int bytes, HttpContext http, TimeSpan stallLimit, TimeProvider time)
    {
        _budget = budget;
        _bytes = bytes;
        _limit = time.CreateTimer(
            static context => ((HttpContext)context!).Abort(),
            http,
            stallLimit + TimeSpan.FromSeconds(bytes * SecondsPerByte),
            Timeout.InfiniteTimeSpan);
    }

    /// <summary>Waits for room for the answer, and keeps it until the response has ended.</summary>
    public static async ValueTask BeginAsync(
        ResponseBudget budget, int bytes, ServerCallContext context, TimeSpan stallLimit, TimeProvider time)
    {
        await budget.AcquireAsync(bytes, context.CancellationToken);
        HttpContext http = context.GetHttpContext();
        http.Response.RegisterForDispose(new LargeResponse(budget, bytes, http, stallLimit, time));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _limit.Dispose();
        _budget.Release(_bytes);
    }
}
