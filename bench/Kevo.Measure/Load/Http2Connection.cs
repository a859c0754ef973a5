using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Kevo.Measure.Load;

/// <summary>
/// One connection that sends gRPC calls and takes the answers, at the least cost that still checks them: a client
/// library on the same two cores would cost more than the server that is measured. Everything runs on the thread that
/// waits for sockets, one event at a time for one connection.
/// </summary>
internal abstract class Http2Connection : IDisposable
{
    private const int TopUp = 1 << 30;

    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp)
    {
        NoDelay = true,
    };

    private readonly SocketAsyncEventArgs _receive = new();
    private readonly TaskCompletionSource _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly byte[] _input = new byte[256 << 10];
    private readonly byte[] _output = new byte[256 << 10];
    private int _filled;
    private int _pending;
    private int _nextStream = 1;
    private long _sinceTopUp;

    /// <summary>Ends when the load on this connection has ended, or with the error that ended it.</summary>
    public Task Done => _done.Task;

    /// <summary>
    /// Must be called before the first socket of the process: one thread waits for all sockets and handles what comes.
    /// </summary>
    public static void UseOneThread()
    {
        Environment.SetEnvironmentVariable("DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS", "1");
        Environment.SetEnvironmentVariable("DOTNET_SYSTEM_NET_SOCKETS_THREAD_COUNT", "1");
    }

    /// <summary>Connects and sends the first calls.</summary>
    public void Start(int port)
    {
        _socket.Connect(IPAddress.Loopback, port);
        Append(Http2Frames.Preface());
        OnStarted();
        SendPending();
        _receive.Completed += (_, _) => OnReceived();
        Receive();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _socket.Dispose();
        _receive.Dispose();
    }

    /// <summary>The connection stands: send the first calls.</summary>
    protected abstract void OnStarted();

    /// <summary>Bytes of an answer's body, in order.</summary>
    protected abstract void OnData(int stream, ReadOnlySpan<byte> data);

    /// <summary>An answer ended with status OK.</summary>
    protected abstract void OnEnd(int stream);

    /// <summary>Ends the load on this connection.</summary>
    protected void Finish() => _done.TrySetResult();

    /// <summary>Puts a call into the output; it leaves when the input at hand has been handled.</summary>
    protected int Call(ReadOnlySpan<byte> headers, ReadOnlySpan<byte> message)
    {
        int stream = _nextStream;
        _nextStream += 2;
        AppendFrame(Http2Frames.Headers, Http2Frames.EndHeaders, stream, headers);
        AppendFrame(Http2Frames.Data, Http2Frames.EndStream, stream, message);
        return stream;
    }

    private void Receive()
    {
        while (!_done.Task.IsCompleted)
        {
            _receive.SetBuffer(_input, _filled, _input.Length - _filled);
            if (_socket.ReceiveAsync(_receive))
            {
                return;
            }

            Handle();
        }
    }

    private void OnReceived()
    {
        Handle();
        Receive();
    }

    private void Handle()
    {
        try
        {
            if (_receive.SocketError != SocketError.Success || _receive.BytesTransferred == 0)
            {
                throw new IOException($"The server closed a connection ({_receive.SocketError}).");
            }

            _filled += _receive.BytesTransferred;
            int taken = TakeFrames(_input.AsSpan(0, _filled));
            _input.AsSpan(taken, _filled - taken).CopyTo(_input);
            _filled -= taken;
            SendPending();
        }
        catch (Exception error) when (error is IOException or SocketException or InvalidDataException)
        {
            _done.TrySetException(error);
        }
    }

    private int TakeFrames(ReadOnlySpan<byte> input)
    {
        int at = 0;
        while (input.Length - at >= Http2Frames.HeaderLength)
        {
            ReadOnlySpan<byte> header = input[at..];
            int length = BinaryPrimitives.ReadInt32BigEndian(header) >>> 8;
            int end = at + Http2Frames.HeaderLength + length;
            if (end > input.Length)
            {
                break;
            }

            TakeFrame(
                header[3], header[4], BinaryPrimitives.ReadInt32BigEndian(header[5..]),
                header.Slice(Http2Frames.HeaderLength, length));
            at = end;
        }

        return at;
    }

    private void TakeFrame(byte type, byte flags, int stream, ReadOnlySpan<byte> payload)
    {
        switch (type)
        {
            case Http2Frames.Data:
                KeepWindowOpen(payload.Length);
                OnData(stream, payload);
                break;
            case Http2Frames.Headers when (flags & Http2Frames.EndStream) != 0:
                if (!Http2Frames.SaysOk(payload))
                {
                    throw new InvalidDataException("A call failed: " + Encoding.ASCII.GetString(payload));
                }

                OnEnd(stream);
                break;
            case Http2Frames.Settings when (flags & Http2Frames.Acknowledgement) == 0:
                AppendFrame(Http2Frames.Settings, Http2Frames.Acknowledgement, 0, default);
                break;
            case Http2Frames.Ping when (flags & Http2Frames.Acknowledgement) == 0:
                AppendFrame(Http2Frames.Ping, Http2Frames.Acknowledgement, 0, payload);
                break;
            case Http2Frames.ResetStream or Http2Frames.GoAway:
                throw new InvalidDataException($"The server ended a stream or the connection (frame type {type}).");
            default:
                // Response headers, and windows for requests that are far too small to fill them.
                break;
        }
    }

    private void KeepWindowOpen(int bytes)
    {
        _sinceTopUp += bytes;
        if (_sinceTopUp >= TopUp)
        {
            Span<byte> update = stackalloc byte[Http2Frames.HeaderLength + 4];
            Http2Frames.WriteWindowUpdate(update, (int)_sinceTopUp);
            Append(update);
            _sinceTopUp = 0;
        }
    }

    private void AppendFrame(byte type, byte flags, int stream, ReadOnlySpan<byte> payload)
    {
        Http2Frames.WriteHeader(_output.AsSpan(_pending), payload.Length, type, flags, stream);
        _pending += Http2Frames.HeaderLength;
        Append(payload);
    }

    private void Append(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(_output.AsSpan(_pending));
        _pending += bytes.Length;
    }

    private void SendPending()
    {
        for (int sent = 0; sent < _pending;)
        {
            sent += _socket.Send(_output.AsSpan(sent, _pending - sent));
        }

        _pending = 0;
    }
}
