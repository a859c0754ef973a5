using System.Text;

namespace Kevo.Replica.Terminal;

/// <summary>
/// A terminal on which one line at the bottom is drawn again and again while other lines are written above it. Whole
/// lines only. Thread-safe.
/// </summary>
internal sealed class StatusLine(TextWriter terminal) : TextWriter
{
    private const string ClearLine = "\r\e[K";

    private readonly Lock _gate = new();
    private string _shown = "";

    /// <inheritdoc/>
    public override Encoding Encoding => terminal.Encoding;

    /// <summary>Draws the line at the bottom; empty takes it away.</summary>
    public void Show(string text)
    {
        lock (_gate)
        {
            if (text != _shown)
            {
                terminal.Write(ClearLine + text);
                terminal.Flush();
                _shown = text;
            }
        }
    }

    /// <inheritdoc/>
    public override void Write(char value) => Write(value.ToString());

    /// <inheritdoc/>
    public override void Write(string? value) => Around(value ?? "");

    /// <inheritdoc/>
    public override void WriteLine(string? value) => Around(value + terminal.NewLine);

    /// <inheritdoc/>
    public override void Flush()
    {
        lock (_gate)
        {
            terminal.Flush();
        }
    }

    private void Around(string text)
    {
        lock (_gate)
        {
            terminal.Write(_shown.Length == 0 ? text : ClearLine + text + _shown);
        }
    }
}
