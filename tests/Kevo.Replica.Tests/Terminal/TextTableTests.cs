using Kevo.Replica.Terminal;

namespace Kevo.Replica.Tests.Terminal;

public sealed class TextTableTests
{
    [Fact]
    public void Elsewhere_than_on_a_terminal_columns_are_aligned_and_lines_have_no_trailing_blanks()
    {
        var table = new TextTable("name", "value");
        table.Add("a", "1");
        table.Add("longer name", "");
        var writer = new StringWriter();
        table.Write(Output.Create(writer, writer, terminal: false, errorTerminal: false, colours: false));
        Assert.Equal("name         value\na            1\nlonger name\n", writer.ToString().ReplaceLineEndings("\n"));
    }

    [Fact]
    public void On_a_terminal_the_table_is_drawn()
    {
        var table = new TextTable("name");
        table.Add("[markup is shown as it is]");
        var writer = new StringWriter();
        table.Write(Output.Create(writer, writer, terminal: true, errorTerminal: true, colours: false));
        Assert.Contains("[markup is shown as it is]", writer.ToString(), StringComparison.Ordinal);
        Assert.Contains("─", writer.ToString(), StringComparison.Ordinal);
    }
}
