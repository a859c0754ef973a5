using System.Text;
using Kevo.Replica.Configuration;
using Kevo.Testing;

namespace Kevo.Replica.Tests.Configuration;

/// <summary>
/// deploy/kevo-replica.json shows every setting with its default. With <c>KEVO_UPDATE_DOCS=1</c> the test writes it.
/// </summary>
public sealed class SampleFileTests
{
    private static readonly string Sample = Path.Combine(Repository.Root, "deploy", "kevo-replica.json");

    [Fact]
    public void The_sample_holds_exactly_the_defaults()
    {
        if (Environment.GetEnvironmentVariable("KEVO_UPDATE_DOCS") == "1")
        {
            File.WriteAllText(Sample, Render());
        }

        IReadOnlyList<SettingFileEntry> entries = SettingFile.Read(Sample);
        Assert.All(entries, entry => Assert.Equal(entry.Setting.Default, entry.Text));
        Assert.Equal(
            Listed().Where(setting => setting.Default.Length > 0), entries.Select(entry => entry.Setting));
        EffectiveSettings settings = SettingSources.Combine(
            new Dictionary<Setting, string> { [OutputSettings.Config] = Sample }, new Dictionary<string, string>());
        Assert.All(entries, entry => Assert.Equal(SettingOrigin.File, settings.Of(entry.Setting).Origin));
    }

    [Fact]
    public void The_sample_is_what_the_option_table_says()
    {
        Assert.True(
            File.ReadAllText(Sample) == Render(),
            "deploy/kevo-replica.json is old; run these tests with KEVO_UPDATE_DOCS=1.");
    }

    private static IEnumerable<Setting> Listed() =>
        SettingTable.Persistent.Where(setting => setting != OutputSettings.Config);

    private static string Render()
    {
        var text = new StringBuilder("""
            // Settings of kevo-replica, each with its default; remove what you do not change. A flag or an environment
            // variable of the same name beats what is here. Check it with: kevo-replica config --check --config FILE
            {

            """);
        foreach (Setting setting in Listed())
        {
            AppendComment(text, setting.Description);
            text.Append(setting.Default.Length > 0
                ? $"  \"{setting.Name}\": {Value(setting)},\n\n"
                : $"  // \"{setting.Name}\": \"{setting.ValueName}\",\n\n");
        }

        return text.Append("}\n").ToString();
    }

    private static string Value(Setting setting) => setting.IsSwitch ? setting.Default : $"\"{setting.Default}\"";

    private static void AppendComment(StringBuilder text, string sentence)
    {
        const int Width = 112;
        string line = "";
        foreach (string word in sentence.Split(' '))
        {
            if (line.Length + word.Length + 1 > Width)
            {
                text.Append($"  // {line}\n");
                line = "";
            }

            line = line.Length == 0 ? word : $"{line} {word}";
        }

        text.Append($"  // {line}\n");
    }
}
