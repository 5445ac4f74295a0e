using System.Reflection;

namespace OpsCenter.Tests.Architecture;

/// <summary>The arrows of docs/architecture.md. A new one is a decision, so it is written here as well.</summary>
public sealed class WhoKnowsWhomTests
{
    [Theory]
    [InlineData("Contracts")]
    [InlineData("ServiceDefaults")]
    [InlineData("Routing", "Contracts")]
    [InlineData("Gateway", "Contracts", "Routing", "ServiceDefaults")]
    [InlineData("Router", "Contracts", "Routing", "ServiceDefaults")]
    [InlineData("Credits", "Contracts", "ServiceDefaults")]
    [InlineData("Sandbox", "ServiceDefaults")]
    public void A_project_knows_only_those_it_may(string project, params string[] allowed)
    {
        var used = Assembly.Load($"OpsCenter.{project}").GetReferencedAssemblies()
            .Select(assembly => assembly.Name!)
            .Where(name => name.StartsWith("OpsCenter.", StringComparison.Ordinal));
        var referenced = Repository.Projects.Single(file => file.Name == $"OpsCenter.{project}.csproj").Xml()
            .Descendants("ProjectReference")
            .Select(reference => Path.GetFileNameWithoutExtension(reference.Attribute("Include")!.Value.Replace('\\', '/')));

        Assert.Empty(used.Concat(referenced).Except(allowed.Select(name => $"OpsCenter.{name}")));
    }

    [Fact]
    public void Every_project_of_ours_that_ships_has_its_arrows_stated()
    {
        string[] stated = ["Contracts", "ServiceDefaults", "Routing", "Gateway", "Router", "Credits", "Sandbox"];
        // They know whom they like: two hosts that compose the services, and two that measure them.
        string[] free = ["AppHost", "Standalone", "Tests", "Benchmarks"];

        Assert.Equal(
            stated.Concat(free).Select(name => $"OpsCenter.{name}.csproj").Order(StringComparer.Ordinal),
            Repository.Projects.Select(file => file.Name).Order(StringComparer.Ordinal));
    }

#if !ASPIRE
    [Fact]
    public void Without_the_switch_nothing_of_Aspire_is_used()
    {
        var used = Directory.EnumerateFiles(AppContext.BaseDirectory, "OpsCenter.*.dll")
            .SelectMany(file => Assembly.LoadFrom(file).GetReferencedAssemblies())
            .Select(assembly => assembly.Name!);

        Assert.DoesNotContain(used, name => name.StartsWith("Aspire.", StringComparison.Ordinal));
    }
#endif
}
