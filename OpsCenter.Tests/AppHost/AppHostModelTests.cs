using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Testing;
using OpsCenter.Contracts;

namespace OpsCenter.Tests.AppHost;

/// <summary>
/// The drawing, read before anything is built or started: no container runtime and no orchestrator take part.
/// </summary>
public sealed class AppHostModelTests
{
    [Theory]
    [InlineData(ResourceNames.Gateway, ResourceNames.GatewayDb)]
    [InlineData(ResourceNames.Router, ResourceNames.RouterDb)]
    [InlineData(ResourceNames.Credits, ResourceNames.CreditsDb)]
    public async Task A_service_waits_for_its_own_database_and_says_when_it_is_healthy(string service, string database)
    {
        await using var drawing = await RunModeAsync();
        var resource = drawing.Resources.Single(resource => resource.Name == service);

        Assert.Contains(resource.Annotations.OfType<WaitAnnotation>(), wait => wait.Resource.Name == database);
        Assert.Contains(resource.Annotations.OfType<HealthCheckAnnotation>(), check => check.Key.Contains("/health", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Nobody_waits_for_the_cache()
    {
        await using var drawing = await RunModeAsync();

        Assert.DoesNotContain(
            drawing.Resources.SelectMany(resource => resource.Annotations.OfType<WaitAnnotation>()),
            wait => wait.Resource.Name == ResourceNames.Cache);
    }

    [Fact]
    public async Task A_provider_key_may_stay_empty()
    {
        await using var drawing = await RunModeAsync();
        var keys = drawing.Resources.OfType<ParameterResource>().Where(IsProviderKey).ToList();

        Assert.NotEmpty(keys);
        Assert.All(keys, key => Assert.True(key.Secret));
        foreach (var key in keys)
            Assert.Equal("", await key.GetValueAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Published_it_has_no_database_of_its_own_no_sandbox_and_asks_for_no_provider_key()
    {
        await using var drawing = await DrawAsync("--operation", "publish", "--publisher", "manifest");

        Assert.DoesNotContain(drawing.Resources, resource => resource is PostgresServerResource);
        Assert.DoesNotContain(drawing.Resources, resource => resource.Name == ResourceNames.Sandbox);
        Assert.DoesNotContain(drawing.Resources.OfType<ParameterResource>(), IsProviderKey);
        Assert.All(
            [ResourceNames.GatewayDb, ResourceNames.RouterDb, ResourceNames.CreditsDb],
            name => Assert.Contains(drawing.Resources, resource => resource.Name == name && resource is IResourceWithConnectionString));
    }

    private static bool IsProviderKey(ParameterResource parameter) => parameter.Name.EndsWith("-api-key", StringComparison.Ordinal);

    private static Task<IDistributedApplicationTestingBuilder> RunModeAsync() => DrawAsync();

    private static Task<IDistributedApplicationTestingBuilder> DrawAsync(params string[] arguments) =>
        DistributedApplicationTestingBuilder.CreateAsync<Projects.OpsCenter_AppHost>(arguments, TestContext.Current.CancellationToken);
}
