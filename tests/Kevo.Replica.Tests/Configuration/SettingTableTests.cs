using Kevo.Replica.Configuration;

namespace Kevo.Replica.Tests.Configuration;

public sealed class SettingTableTests
{
    [Fact]
    public void Names_are_unique_words_joined_by_hyphens()
    {
        Assert.Equal(SettingTable.All.Count, SettingTable.All.Select(setting => setting.Name).Distinct().Count());
        Assert.All(SettingTable.All, setting => Assert.Matches("^[a-z]+(-[a-z]+)*$", setting.Name));
    }

    [Fact]
    public void Every_default_parses() =>
        Assert.All(SettingTable.All, setting => Assert.Null(setting.TryParse(setting.Default, out _)));

    [Fact]
    public void Every_setting_belongs_to_a_command_and_says_what_it_means()
    {
        Assert.All(SettingTable.All, setting =>
        {
            Assert.NotEqual(CommandSet.None, setting.Commands);
            Assert.NotEmpty(setting.Help);
            Assert.False(setting.Help.EndsWith('.'), setting.Name);
            Assert.Equal(setting.IsSwitch, setting.ValueName.Length == 0);
        });
    }

    [Fact]
    public void Choices_are_what_the_parser_accepts() =>
        Assert.All(
            SettingTable.All.Where(setting => setting.Choices.Count > 0),
            setting => Assert.All(setting.Choices, choice => Assert.Null(setting.TryParse(choice, out _))));
}
