using Kevo.Replica.Commands;
using Kevo.Replica.Configuration;
using Kevo.Testing;
using YamlDotNet.RepresentationModel;

namespace Kevo.Replica.Tests.Deployment;

/// <summary>The files in deploy/ use commands, settings and ports that exist.</summary>
public sealed class DeploymentTests
{
    private static readonly string Place = Path.Combine(Repository.Root, "deploy");

    [Fact]
    public void The_manifests_are_a_stateful_set_with_services_probes_and_a_disruption_budget()
    {
        Dictionary<string, YamlMappingNode> documents = Manifests();
        Assert.Equal(
            ["ConfigMap kevo-replica", "PodDisruptionBudget kevo-replica", "Service kevo-replica",
                "Service kevo-replica-nodes", "StatefulSet kevo-replica"],
            documents.Keys.Order(StringComparer.Ordinal));
        YamlNode set = documents["StatefulSet kevo-replica"]["spec"];
        YamlNode labels = set["template"]["metadata"]["labels"];
        Assert.Equal(labels, set["selector"]["matchLabels"]);
        Assert.Equal(labels, documents["PodDisruptionBudget kevo-replica"]["spec"]["selector"]["matchLabels"]);
        Assert.Equal(labels, documents["Service kevo-replica"]["spec"]["selector"]);
        Assert.Equal("kevo-replica-nodes", Text(set["serviceName"]));
        YamlNode container = set["template"]["spec"]["containers"][0];
        Assert.Equal("true", Text(container["securityContext"]["readOnlyRootFilesystem"]));
        Assert.Equal("/livez", Text(container["livenessProbe"]["httpGet"]["path"]));
        Assert.Equal("/livez", Text(container["startupProbe"]["httpGet"]["path"]));
        Assert.Equal(["/kevo-replica", "health"], Texts(container["readinessProbe"]["exec"]["command"]));
        string[] ports = [.. ((YamlSequenceNode)container["ports"]).Select(port => Text(port["name"]))];
        Assert.All(
            documents.Where(document => document.Key.StartsWith("Service", StringComparison.Ordinal)),
            service => Assert.All(
                (YamlSequenceNode)service.Value["spec"]["ports"],
                port => Assert.Contains(Text(port["targetPort"]), ports)));
    }

    [Fact]
    public void The_settings_of_the_manifests_can_be_used_together()
    {
        Dictionary<string, YamlMappingNode> documents = Manifests();
        YamlNode container = documents["StatefulSet kevo-replica"]["spec"]["template"]["spec"]["containers"][0];
        using var directory = new TemporaryDirectory();
        string file = directory.Combine("kevo-replica.json");
        File.WriteAllText(file, Text(documents["ConfigMap kevo-replica"]["data"]["kevo-replica.json"]));
        Dictionary<string, string> environment = ((YamlSequenceNode)container["env"])
            .Where(variable => Text(variable["name"]).StartsWith("KEVO_", StringComparison.Ordinal))
            .ToDictionary(
                variable => Text(variable["name"]),
                variable => Text(variable["value"])
                    .Replace("$(POD_NAME)", "kevo-replica-0", StringComparison.Ordinal));
        string[] args = Texts(container["args"]);
        Assert.Equal(["run", "--config", "/etc/kevo-replica/kevo-replica.json"], args);
        EffectiveSettings settings = SettingSources.Combine(
            new Dictionary<Setting, string> { [OutputSettings.Config] = file }, environment);
        int[] ports =
            [.. ((YamlSequenceNode)container["ports"]).Select(port => int.Parse(Text(port["containerPort"])))];
        Assert.Equal([settings.Get(NodeSettings.Listen)!.Port, settings.Get(NodeSettings.Admin)!.Port], ports);
    }

    [Fact]
    public void The_unit_starts_known_commands_with_known_flags()
    {
        string[] lines = File.ReadAllLines(Path.Combine(Place, "systemd", "kevo-replica.service"));
        Assert.Contains("Type=notify", lines);
        string[] commands =
            [.. lines.Where(line => line.Contains("=/usr/bin/kevo-replica ", StringComparison.Ordinal))];
        Assert.Equal(2, commands.Length);
        Assert.All(commands, line =>
        {
            string[] words = line.Split(' ');
            CommandEntry entry = CommandEntry.All().Single(known => known.Path == words[1]);
            Assert.All(
                words.Where(word => word.StartsWith("--", StringComparison.Ordinal)),
                flag => Assert.Contains(entry.Settings, setting => setting.Flag == flag));
        });
        Assert.All(
            lines.Where(line => line.StartsWith("Environment=KEVO_", StringComparison.Ordinal)),
            line => Assert.Contains(
                SettingTable.Persistent, setting => setting.EnvironmentName == line.Split('=')[1]));
    }

    [Fact]
    public void The_unit_starts_again_after_every_error_that_may_go_away()
    {
        string[] lines = File.ReadAllLines(Path.Combine(Place, "systemd", "kevo-replica.service"));
        Assert.Contains("Restart=on-failure", lines);

        // A full disk gets room, a held directory is let go, and after a failed sync only a start tells what is there.
        Assert.Contains($"RestartPreventExitStatus={ExitCode.Usage} {ExitCode.HistoryLost}", lines);
    }

    [Fact]
    public void The_image_is_empty_but_for_the_executable_and_has_no_rights()
    {
        string[] lines = [.. File.ReadAllLines(Path.Combine(Place, "Containerfile"))
            .Where(line => !line.StartsWith('#'))];
        Assert.Equal("FROM scratch", lines[0]);
        Assert.Equal(
            ["COPY --chmod=0755 kevo-replica /kevo-replica"],
            lines.Where(line => line.Split(' ')[0] is "COPY" or "ADD"));
        Assert.Contains("USER 65532:65532", lines);
        Assert.Contains("ENTRYPOINT [\"/kevo-replica\"]", lines);
        Assert.Contains(SettingTable.Persistent, setting => lines.Contains($"ENV {setting.EnvironmentName}=/data"));
    }

    private static Dictionary<string, YamlMappingNode> Manifests()
    {
        using StreamReader reader = File.OpenText(Path.Combine(Place, "kubernetes", "kevo-replica.yaml"));
        var yaml = new YamlStream();
        yaml.Load(reader);
        return yaml.Documents.Select(document => (YamlMappingNode)document.RootNode)
            .ToDictionary(root => $"{Text(root["kind"])} {Text(root["metadata"]["name"])}");
    }

    private static string Text(YamlNode node) => ((YamlScalarNode)node).Value!;

    private static string[] Texts(YamlNode node) => [.. ((YamlSequenceNode)node).Select(Text)];
}
