using System.Buffers.Binary;
using System.Diagnostics;
using Kevo.Measure.Roles;

namespace Kevo.Measure.Load;

/// <summary>
/// Gets random keys, a fixed number of calls at a time, until the clock says enough. Every answer must be the expected
/// bytes.
/// </summary>
/// <param name="seed">Seed of the keys.</param>
/// <param name="keys">Number of distinct keys <c>key-%012d</c>.</param>
/// <param name="inFlight">Calls at a time on this connection.</param>
/// <param name="answer">The message every call must be answered with, length prefix included.</param>
/// <param name="warm">Timestamp from which calls are counted.</param>
/// <param name="end">Timestamp after which no call begins.</param>
/// <param name="pause">What this connection does nothing for between an answer and the next call.</param>
internal sealed class GetConnection(
    int seed, long keys, int inFlight, byte[] answer, long warm, long end, TimeSpan pause = default)
    : Http2Connection
{
    private const int KeyLength = 16;
    private const int MostInFlight = 1024;

    private static readonly byte[] s_headers = Http2Frames.RequestHeaders("/kevo.KevoService/Get");

    private readonly Random _random = new(seed);
    private readonly byte[] _message = NewMessage();
    private readonly long[] _begun = new long[MostInFlight];
    private readonly int[] _received = new int[MostInFlight];
    private int _open;

    /// <summary>Times from call to end of answer, in ticks of the stopwatch.</summary>
    public List<long> Latencies { get; } = new(1 << 16);

    /// <inheritdoc/>
    protected override void OnStarted()
    {
        for (int i = 0; i < inFlight; i++)
        {
            Next(Stopwatch.GetTimestamp());
        }
    }

    /// <inheritdoc/>
    protected override void OnData(int stream, ReadOnlySpan<byte> data)
    {
        ref int received = ref _received[Slot(stream)];
        if (received + data.Length > answer.Length
            || !data.SequenceEqual(answer.AsSpan(received, data.Length)))
        {
            throw new InvalidDataException("A Get was answered with other bytes than were put.");
        }

        received += data.Length;
    }

    /// <inheritdoc/>
    protected override void OnEnd(int stream)
    {
        int slot = Slot(stream);
        if (_received[slot] != answer.Length)
        {
            throw new InvalidDataException("A Get was answered with fewer bytes than were put.");
        }

        long now = Stopwatch.GetTimestamp();
        _open--;
        if (_begun[slot] >= warm)
        {
            Latencies.Add(now - _begun[slot]);
        }

        if (now < end)
        {
            if (pause > TimeSpan.Zero)
            {
                Task.Delay(pause, TimeProvider.System).Wait();
                now = Stopwatch.GetTimestamp();
            }

            Next(now);
        }
        else if (_open == 0)
        {
            Finish();
        }
    }

    private static byte[] NewMessage()
    {
        // Not compressed; length of the message; field 1, a key.
        byte[] message = new byte[5 + 2 + KeyLength];
        BinaryPrimitives.WriteInt32BigEndian(message.AsSpan(1), 2 + KeyLength);
        message[5] = 0x0A;
        message[6] = KeyLength;
        return message;
    }

    // Calls that are open at one time have neighbouring numbers.
    private static int Slot(int stream) => (stream >> 1) % MostInFlight;

    private void Next(long now)
    {
        StoreFill.WriteKey(_message.AsSpan(7), _random.NextInt64(keys));
        int slot = Slot(Call(s_headers, _message));
        _begun[slot] = now;
        _received[slot] = 0;
        _open++;
    }
}
