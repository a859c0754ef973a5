using System.Net;
using Kevo.Relay.Hosting;
using Kevo.Relay.Stock;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace Kevo.Relay.StockServer;

/// <summary>
/// The simulated stock primary on two real ports: replication and client service. It puts the model under one lock,
/// drives its clock, and turns "never answers" into calls that hang. Thread-safe.
/// </summary>
public sealed class StockPrimaryHost : IAsyncDisposable
{
    private const int ClientMessageBytes = 4 * 1024 * 1024;
    private const int ReplicationMessageBytes = 16 * 1024 * 1024;

    // What the measured primary lets an unread stream take before it blocks is one HTTP/2 window, so no more is
    // buffered.
    private const int ResponseBufferBytes = 64 * 1024;

    private readonly Lock _gate = new();
    private readonly StockPrimaryModel _model;
    private readonly StockPrimaryHostOptions _options;
    private readonly TimeProvider _time;
    private readonly ITimer _timer;
    private GrpcEndpoint? _replication;
    private GrpcEndpoint? _client;
    private StockTransactions _transactions;
    private DateTimeOffset? _scheduled;
    private TaskCompletionSource _drained = NewSignal();

    private StockPrimaryHost(StockPrimaryModel model, StockPrimaryHostOptions options, TimeProvider time)
    {
        _model = model;
        _options = options;
        _time = time;
        _transactions = new StockTransactions(this, model.Options, time);
        _timer = time.CreateTimer(
            _ => RunTimed(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Where the replication service listens.</summary>
    public IPEndPoint ReplicationAddress => Running(_replication).Address;

    /// <summary>Where the client service listens.</summary>
    public IPEndPoint ClientAddress => Running(_client).Address;

    internal StockTransactions Transactions => _transactions;

    /// <summary>Starts a primary on both ports.</summary>
    /// <exception cref="Core.ConfigurationException">An address cannot be bound.</exception>
    public static async Task<StockPrimaryHost> StartAsync(
        StockPrimaryModel model,
        StockPrimaryHostOptions options,
        TimeProvider time,
        CancellationToken cancellationToken = default)
    {
        var host = new StockPrimaryHost(model, options, time);
        bool listening = false;
        try
        {
            await host.ListenAsync(options.ReplicationAddress, options.ClientAddress, cancellationToken);
            listening = true;
        }
        finally
        {
            if (!listening)
            {
                await host.DisposeAsync();
            }
        }

        host.Run(static _ => { });
        return host;
    }

    /// <summary>Does something with the model under the host's lock, from any thread. Must not block.</summary>
    public T Run<T>(Func<StockPrimaryModel, T> operation)
    {
        lock (_gate)
        {
            T result = operation(_model);
            Schedule();
            return result;
        }
    }

    /// <summary>Does something with the model under the host's lock, from any thread. Must not block.</summary>
    public void Run(Action<StockPrimaryModel> operation)
    {
        lock (_gate)
        {
            operation(_model);
            Schedule();
        }
    }

    /// <summary>
    /// Ends the process as a kill does (every connection breaks) and starts it again on the same ports.
    /// </summary>
    public async Task RestartAsync(StockRestart? how = null, CancellationToken cancellationToken = default)
    {
        IPEndPoint replication = ReplicationAddress;
        IPEndPoint client = ClientAddress;
        await CutAsync();
        Run(model => model.Restart(how));
        _transactions = new StockTransactions(this, _model.Options, _time);
        await ListenAsync(replication, client, cancellationToken);
    }

    /// <summary>
    /// Ends the process as a kill does; <see cref="RestartAsync"/> cannot follow, a new host on the model can.
    /// </summary>
    public Task KillAsync() => CutAsync();

    /// <summary>
    /// Begins a graceful stop: the replication port closes for new connections, open streams go on, writes too.
    /// </summary>
    /// <returns>A task that ends when the last stream has left.</returns>
    public Task BeginGracefulStop()
    {
        Run(static model => model.BeginGracefulStop());
        return Running(_replication).StopAsync(CancellationToken.None);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _timer.DisposeAsync();
        await CutAsync();
        _transactions.Dispose();
    }

    /// <summary>
    /// Runs a client's call: waits while the primary is stalled by an unread stream, and for ever when it is frozen.
    /// </summary>
    internal async Task<T> CallAsync<T>(Func<StockPrimaryModel, T?> operation, CancellationToken cancellationToken)
        where T : class
    {
        while (true)
        {
            Task drained;
            lock (_gate)
            {
                if (!_model.IsStalled)
                {
                    T? result = operation(_model);
                    Schedule();
                    if (result is not null)
                    {
                        return result;
                    }

                    drained = Task.Delay(Timeout.InfiniteTimeSpan, _time, cancellationToken);
                }
                else
                {
                    drained = _drained.Task;
                }
            }

            await drained.WaitAsync(cancellationToken);
        }
    }

    /// <summary>A stream took a message or ended: those who wait for it look again.</summary>
    internal void NoteDrained()
    {
        TaskCompletionSource waiting;
        lock (_gate)
        {
            if (!_model.Options.BlocksOnFullWindow)
            {
                return;
            }

            waiting = _drained;
            _drained = NewSignal();
        }

        waiting.TrySetResult();
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private static GrpcEndpoint Running(GrpcEndpoint? endpoint) =>
        endpoint ?? throw new InvalidOperationException("The simulated primary is not running.");

    private async Task ListenAsync(IPEndPoint replication, IPEndPoint client, CancellationToken cancellationToken)
    {
        _replication = await GrpcEndpoint.StartAsync(
            Endpoint(replication, ReplicationMessageBytes),
            services => services.AddSingleton(new StockReplicationService(this)),
            static routes => routes.MapGrpcService<StockReplicationService>(),
            cancellationToken);
        _client = await GrpcEndpoint.StartAsync(
            Endpoint(client, ClientMessageBytes),
            services => services.AddSingleton(new StockClientService(this)),
            static routes => routes.MapGrpcService<StockClientService>(),
            cancellationToken);
    }

    private GrpcEndpointOptions Endpoint(IPEndPoint address, int messageBytes) =>
        new()
        {
            Address = address,
            Tls = _options.Tls,
            LoggerFactory = _options.LoggerFactory,
            MaxReceiveMessageBytes = messageBytes,
            ResponseBufferBytes = ResponseBufferBytes,
            ShutdownTimeout = Timeout.InfiniteTimeSpan,
        };

    private async Task CutAsync()
    {
        GrpcEndpoint? replication = _replication;
        GrpcEndpoint? client = _client;
        _replication = null;
        _client = null;
        if (replication is not null)
        {
            await replication.DisposeAsync();
        }

        if (client is not null)
        {
            await client.DisposeAsync();
        }
    }

    private void RunTimed()
    {
        lock (_gate)
        {
            _model.RunDue();

            // The timer has run out, perhaps a moment early: it must be set again even for the same time.
            _scheduled = null;
            Schedule();
        }
    }

    private void Schedule()
    {
        DateTimeOffset? due = _model.NextDue;
        if (due == _scheduled)
        {
            return;
        }

        _scheduled = due;
        TimeSpan wait = due is null ? Timeout.InfiniteTimeSpan : due.Value - _time.GetUtcNow();
        _timer.Change(wait < TimeSpan.Zero && due is not null ? TimeSpan.Zero : wait, Timeout.InfiniteTimeSpan);
    }
}
