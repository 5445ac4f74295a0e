using Aspire.Hosting.Publishing;

namespace OpsCenter.AppHost;

/// <summary>
/// The providers' API keys, as parameters of the dashboard that may stay empty: the Sandbox answers for a provider without one.
/// Only for developers; a deployment keeps its keys in the console, encrypted.
/// </summary>
internal static class ProviderKeys
{
    private static readonly (string Provider, string KeysPage)[] Pages =
    [
        ("openai", "https://platform.openai.com/api-keys"),
        ("anthropic", "https://console.anthropic.com/settings/keys"),
        ("openrouter", "https://openrouter.ai/settings/keys"),
        ("groq", "https://console.groq.com/keys"),
        ("together", "https://api.together.ai/settings/api-keys"),
        ("fireworks", "https://fireworks.ai/account/api-keys"),
        ("deepinfra", "https://deepinfra.com/dash/api_keys"),
        ("huggingface", "https://huggingface.co/settings/tokens"),
    ];

    public static IResourceBuilder<ProjectResource> WithProviderKeys(this IResourceBuilder<ProjectResource> gateway)
    {
        foreach (var (provider, keysPage) in Pages)
        {
            var key = gateway.ApplicationBuilder
                .AddParameter($"{provider}-api-key", new NoKey(), secret: true)
                .WithDescription($"Empty: the Sandbox plays {provider}. Keys come from [their page]({keysPage}).", enableMarkdown: true);

            gateway.WithEnvironment(async environment =>
            {
                if (await key.Resource.GetValueAsync(environment.CancellationToken) is { Length: > 0 })
                    environment.EnvironmentVariables[$"Upstreams__Providers__{provider}__ApiKey"] = key.Resource;
            });
        }

        return gateway;
    }

    /// <summary>
    /// The value of a parameter that nobody set. One without a value holds up everything that refers to it until a person
    /// types it into the dashboard, and a plain "" would hide the user secrets.
    /// </summary>
    private sealed class NoKey : ParameterDefault
    {
        public override string GetDefaultValue() => "";

        public override void WriteToManifest(ManifestPublishingContext context) =>
            throw new InvalidOperationException("Provider keys are not published.");
    }
}
