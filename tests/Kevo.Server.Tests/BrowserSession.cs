using System.Diagnostics;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json.Nodes;
using System.Threading.Channels;
using Kevo.Testing;

namespace Kevo.Server.Tests;

/// <summary>One page in a headless Chromium, driven over its debugging protocol. One caller at a time.</summary>
internal sealed class BrowserSession : IAsyncDisposable
{
    private static readonly string[] Flags =
    [
        "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--hide-scrollbars",
        "--disable-background-networking", "--disable-component-update", "--disable-sync", "--remote-debugging-port=0",
    ];

    private readonly TemporaryDirectory _profile = new();
    private readonly ClientWebSocket _socket = new();
    private readonly Channel<JsonNode> _answers = Channel.CreateUnbounded<JsonNode>();
    private readonly List<string> _problems = [];
    private readonly Process _browser;
    private Task _receiving = Task.CompletedTask;
    private int _lastId;

    private BrowserSession(string program)
    {
        ProcessStartInfo start = new(program) { RedirectStandardError = true, RedirectStandardOutput = true };
        foreach (string flag in Flags)
        {
            start.ArgumentList.Add(flag);
        }

        start.ArgumentList.Add($"--user-data-dir={_profile.Path}");
        start.ArgumentList.Add("about:blank");
        _browser = Process.Start(start)!;
    }

    /// <summary>The browser's program, or null when this machine has none.</summary>
    public static string? Program { get; } =
        new[] { "/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome" }
        .FirstOrDefault(File.Exists);

    /// <summary>Script errors, console errors and blocked resources so far.</summary>
    public IReadOnlyList<string> Problems
    {
        get
        {
            lock (_problems)
            {
                return [.. _problems];
            }
        }
    }

    public static async Task<BrowserSession> OpenAsync(string program)
    {
        BrowserSession session = new(program);
        using CancellationTokenSource patience = new(ServerFixture.Patience);
        string? line;
        do
        {
            line = await session._browser.StandardError.ReadLineAsync(patience.Token);
        }
        while (line is not null && !line.Contains("ws://", StringComparison.Ordinal));
        _ = session._browser.StandardError.ReadToEndAsync(CancellationToken.None);
        Assert.NotNull(line);
        Uri browser = new(line[line.IndexOf("ws://", StringComparison.Ordinal)..]);
        using HttpClient http = new();
        JsonNode targets = JsonNode.Parse(await http.GetStringAsync(
            new Uri($"http://{browser.Authority}/json/list"), patience.Token))!;
        JsonNode page = targets.AsArray().First(target => (string?)target!["type"] == "page")!;
        await session._socket.ConnectAsync(new Uri((string)page["webSocketDebuggerUrl"]!), patience.Token);
        session._receiving = session.ReceiveAsync();
        foreach (string domain in new[] { "Page", "Runtime", "Log" })
        {
            await session.SendAsync($"{domain}.enable");
        }

        return session;
    }

    /// <summary>Sends one command and returns its result.</summary>
    public async Task<JsonNode> SendAsync(string method, JsonObject? parameters = null)
    {
        int id = ++_lastId;
        JsonObject message = new() { ["id"] = id, ["method"] = method, ["params"] = parameters ?? [] };
        using CancellationTokenSource patience = new(ServerFixture.Patience);
        await _socket.SendAsync(
            Encoding.UTF8.GetBytes(message.ToJsonString()), WebSocketMessageType.Text, true, patience.Token);
        while (true)
        {
            JsonNode answer = await _answers.Reader.ReadAsync(patience.Token);
            if ((int?)answer["id"] == id)
            {
                Assert.True(answer["error"] is null, answer.ToJsonString());
                return answer["result"]!;
            }
        }
    }

    /// <summary>Evaluates an expression in the page, waiting for a promise.</summary>
    public async Task<JsonNode?> EvaluateAsync(string expression)
    {
        JsonNode answer = await SendAsync("Runtime.evaluate", new JsonObject
        {
            ["expression"] = expression,
            ["awaitPromise"] = true,
            ["returnByValue"] = true,
        });
        Assert.True(answer["exceptionDetails"] is null, answer.ToJsonString());
        return answer["result"]!["value"];
    }

    /// <summary>A picture of the whole page, as PNG.</summary>
    public async Task<byte[]> CaptureAsync()
    {
        JsonNode answer = await SendAsync("Page.captureScreenshot", new JsonObject
        {
            ["format"] = "png",
            ["captureBeyondViewport"] = true,
        });
        return Convert.FromBase64String((string)answer["data"]!);
    }

    public async ValueTask DisposeAsync()
    {
        _browser.Kill(entireProcessTree: true);
        await _browser.WaitForExitAsync();
        await _receiving;
        _socket.Dispose();
        _browser.Dispose();
        _profile.Dispose();
    }

    private async Task ReceiveAsync()
    {
        byte[] buffer = new byte[1 << 16];
        using MemoryStream message = new();
        try
        {
            while (true)
            {
                WebSocketReceiveResult part = await _socket.ReceiveAsync(buffer, CancellationToken.None);
                message.Write(buffer, 0, part.Count);
                if (part.EndOfMessage)
                {
                    Take(JsonNode.Parse(message.GetBuffer().AsSpan(0, (int)message.Length))!);
                    message.SetLength(0);
                }
            }
        }
        catch (WebSocketException)
        {
            // The browser was ended.
            _answers.Writer.TryComplete();
        }
    }

    private void Take(JsonNode message)
    {
        string? problem = (string?)message["method"] switch
        {
            "Runtime.exceptionThrown" => message.ToJsonString(),
            "Runtime.consoleAPICalled" when (string?)message["params"]!["type"] is "error" or "warning" =>
                message.ToJsonString(),
            "Log.entryAdded" => message.ToJsonString(),
            _ => null,
        };
        if (problem is not null)
        {
            lock (_problems)
            {
                _problems.Add(problem);
            }
        }

        if (message["id"] is not null)
        {
            _answers.Writer.TryWrite(message);
        }
    }
}
