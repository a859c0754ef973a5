using System.Text;
using Kevo.Core;
using Kevo.Replica.Configuration;

namespace Kevo.Replica.Tests.Configuration;

public sealed class SettingFileTests
{
    [Fact]
    public void Texts_numbers_and_truth_values_are_read_and_comments_are_allowed()
    {
        IReadOnlyList<SettingFileEntry> entries = Parse("""
            {
              // The primary of the first rack.
              "primary": "db:50052",
              "max-retries": 7, /* more than usual */
              "tls": true,
            }
            """);
        Assert.Equal(["db:50052", "7", "true"], entries.Select(entry => entry.Text));
        Assert.Equal("a.json, line 4: max-retries", entries[1].Place);
    }

    [Theory]
    [InlineData("{\n\"primray\": \"a:1\" }", "a.json, line 2: unknown key \"primray\"; did you mean \"primary\"?")]
    [InlineData("{ \"config\": \"b.json\" }", "unknown key \"config\"")]
    [InlineData("{ \"duration\": \"5s\" }", "unknown key \"duration\"")]
    [InlineData("{ \"tls\": true,\n \"tls\": false }", "a.json, line 2: \"tls\" is there twice")]
    [InlineData("{ \"primary\": [\"a:1\"] }", "must be a text, a number, true or false")]
    [InlineData("{ \"primary\": null }", "must be a text, a number, true or false")]
    [InlineData("[]", "must hold one JSON object")]
    [InlineData("", "not valid JSON")]
    [InlineData("{ \"primary\": \"a:1\"\n", "not valid JSON")]
    [InlineData("{} {}", "not valid JSON")]
    public void An_unusable_file_is_refused_with_place_and_reason(string content, string expected)
    {
        var error = Assert.Throws<ConfigurationException>(() => Parse(content));
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
        Assert.StartsWith("a.json", error.Message, StringComparison.Ordinal);
    }

    private static IReadOnlyList<SettingFileEntry> Parse(string content) =>
        SettingFile.Parse("a.json", Encoding.UTF8.GetBytes(content));
}
