namespace Kevo.Faults.Tests.PowerCuts;

/// <summary>
/// Stands in for random numbers and goes through all combinations of what is asked of it, one combination a round: the
/// last choice moves fastest. Of wide ranges it takes the ends and the middle.
/// </summary>
internal sealed class ChoiceSequence : Random
{
    private readonly List<(int Value, int Count)> _choices = [];
    private int _next;

    /// <inheritdoc/>
    public override int Next(int maxValue)
    {
        if (_next == _choices.Count)
        {
            _choices.Add((0, maxValue));
        }

        return _choices[_next++].Value;
    }

    /// <inheritdoc/>
    public override int Next(int minValue, int maxValue)
    {
        int count = maxValue - minValue;
        if (count <= 3)
        {
            return minValue + Next(count);
        }

        return Next(3) switch { 0 => minValue, 1 => minValue + (count / 2), _ => maxValue - 1 };
    }

    /// <summary>Goes to the next combination; false when there is none.</summary>
    public bool Advance()
    {
        _choices.RemoveRange(_next, _choices.Count - _next);
        _next = 0;
        while (_choices.Count > 0)
        {
            (int value, int count) = _choices[^1];
            if (value + 1 < count)
            {
                _choices[^1] = (value + 1, count);
                return true;
            }

            _choices.RemoveAt(_choices.Count - 1);
        }

        return false;
    }
}
