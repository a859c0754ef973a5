using System.Globalization;
using System.Text;

namespace Kevo.Simulation.Engine;

/// <summary>
/// Everything that happens in one simulated world, as a running hash and, when wanted, as text. Two runs of one seed
/// must have the same hash.
/// </summary>
internal sealed class Transcript(TextWriter? trace)
{
    private const ulong Prime = 1_099_511_628_211;
    private const int TailLines = 60;

    private readonly Queue<string> _tail = new();
    private ulong _hash = 14_695_981_039_346_656_037;

    /// <summary>The hash of everything so far.</summary>
    public ulong Hash => _hash;

    /// <summary>Events so far.</summary>
    public long Count { get; private set; }

    /// <summary>Whether somebody reads the text.</summary>
    public bool IsTraced => trace is not null;

    /// <summary>The latest lines, oldest first.</summary>
    public IEnumerable<string> Tail => _tail;

    /// <summary>Notes an event that happens often: it counts in the hash, and has a line only when traced.</summary>
    public void Note(long now, string actor, string what, long number = 0)
    {
        Count++;
        Mix((ulong)now);
        Mix(actor);
        Mix(what);
        Mix((ulong)number);
        trace?.WriteLine(Line(now, actor, $"{what} {number}"));
    }

    /// <summary>Notes an event that explains the run: its line is kept for the report of a failure.</summary>
    public void Tell(long now, string actor, string what)
    {
        Count++;
        Mix((ulong)now);
        Mix(actor);
        Mix(what);
        string line = Line(now, actor, what);
        trace?.WriteLine(line);
        _tail.Enqueue(line);
        if (_tail.Count > TailLines)
        {
            _tail.Dequeue();
        }
    }

    private static string Line(long now, string actor, string what)
    {
        var line = new StringBuilder();
        line.Append(CultureInfo.InvariantCulture, $"{now / 10_000_000.0,10:0.0000} {actor,-10} {what}");
        return line.ToString();
    }

    private void Mix(string text)
    {
        foreach (char c in text)
        {
            Mix(c);
        }
    }

    private void Mix(ulong value)
    {
        _hash = (_hash ^ value) * Prime;
        _hash ^= _hash >> 29;
    }
}
