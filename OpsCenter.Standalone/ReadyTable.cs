using System.Globalization;
using System.Reflection;
using System.Text;
using OpsCenter.Gateway.Accounts;

namespace OpsCenter.Standalone;

/// <summary>What somebody needs who has just started OpsCenter and wants to send the first request.</summary>
internal sealed class ReadyTable(WebApplication app, Uri address, string dataFolder, ConsoleSite console, DemoAccess demo, TimeSpan startedIn)
{
    private const int Margin = 16;

    /// <summary>Providers and the environment variable that makes each of them real; for the others the Sandbox answers.</summary>
    private static readonly (string Provider, string Variable)[] Keys =
    [
        ("groq", "GROQ_API_KEY"),
        ("together", "TOGETHER_API_KEY"),
        ("fireworks", "FIREWORKS_API_KEY"),
        ("deepinfra", "DEEPINFRA_API_KEY"),
        ("huggingface", "HUGGINGFACE_API_KEY"),
        ("openrouter", "OPENROUTER_API_KEY"),
        ("anthropic", "ANTHROPIC_API_KEY"),
        ("openai", "OPENAI_API_KEY"),
        ("vllm", "VLLM_BASE_URL"),
        ("ollama", "OLLAMA_BASE_URL"),
    ];

    private static readonly string Version =
        typeof(ReadyTable).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.Split('+')[0];

    public override string ToString()
    {
        var url = address.GetLeftPart(UriPartial.Authority);
        var text = new StringBuilder();
        text.AppendLine();
        text.AppendLine(CultureInfo.InvariantCulture, $"OpsCenter {Version} is READY at {url} (started in {startedIn.TotalSeconds:0.0} s)");
        text.AppendLine();
        Row(text, "OpenAI API", $"{url}/v1");
        if (IsServed("/v1/messages"))
            Row(text, "Anthropic API", url);
        if (IsServed("/docs"))
            Row(text, "Documentation", $"{url}/docs");
        Row(text, "Console", console.IsServed ? url : console.Source is null ? console.State : $"{url} (being built, about a minute)");
        Row(text, "Sign in", $"{url}/sign-in#token={demo.SignInToken}");
        Row(text, "", "The link works once.");
        Row(text, "API key", demo.ApiKey);

        var real = Keys.Where(IsSet).Select(key => key.Provider).ToArray();
        Row(text, "Providers", real is [] ? "none real: no provider key is set" : $"real: {string.Join(", ", real)}");
        var played = Keys.Where(key => !IsSet(key)).Select(key => key.Provider).ToArray();
        if (played is not [])
            Row(text, "", $"sandbox: {string.Join(", ", played)}");
        Row(text, "Data", dataFolder);
        Row(text, "Stop", "Ctrl+C");

        text.AppendLine();
        text.AppendLine(
            $$"""
            Try it, with "stream": true in the body to see the answer as it is written:

            curl {{url}}/api/v1/llm/chat/completions \
              -H "Authorization: Bearer {{demo.ApiKey}}" \
              -H "Content-Type: application/json" \
              -d '{"messages":[{"role":"user","content":"Write Python code to sort a list"}],"power_level":"balanced"}'
            """);
        return text.ToString();
    }

    private bool IsSet((string Provider, string Variable) key) => !string.IsNullOrWhiteSpace(app.Configuration[key.Variable]);

    private bool IsServed(string path) => app.Services.GetRequiredService<EndpointDataSource>().Endpoints
        .OfType<RouteEndpoint>()
        .Any(endpoint => $"/{endpoint.RoutePattern.RawText?.TrimStart('/')}".StartsWith(path, StringComparison.Ordinal));

    private static void Row(StringBuilder text, string name, string value) =>
        text.Append("  ").Append(name.PadRight(Margin)).AppendLine(value);
}
