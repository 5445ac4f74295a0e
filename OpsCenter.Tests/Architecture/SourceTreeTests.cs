using System.Text.RegularExpressions;
using OpsCenter.Contracts;

namespace OpsCenter.Tests.Architecture;

public sealed partial class SourceTreeTests
{
    // What a folder is for, in the words of the product; these say only that there is stuff in it.
    private static readonly string[] Drawers =
        ["Common", "Core", "Domain", "DTOs", "Helpers", "Infrastructure", "Interfaces", "Managers", "Models", "Services", "Shared", "Utilities", "Utils"];

    [Fact]
    public void A_folder_is_named_for_a_feature()
    {
        var drawers = Repository.Projects
            .SelectMany(project => Repository.FoldersBelow(project.Directory!))
            .Where(folder => Drawers.Contains(folder.Name, StringComparer.OrdinalIgnoreCase))
            .Select(folder => Path.GetRelativePath(Repository.Root.FullName, folder.FullName).Replace('\\', '/'))
            // The models that the gateway offers, at /v1/models: here the word is the product's own.
            .Where(folder => folder != "OpsCenter.Gateway/Models");

        Assert.Empty(drawers);
    }

    [Fact]
    public void The_solution_contains_every_project()
    {
        var solution = File.ReadAllText(Path.Combine(Repository.Root.FullName, "OpsCenter.sln"));

        Assert.All(Repository.Projects, project =>
            Assert.Contains($"\"{project.Directory!.Name}\\{project.Name}\"", solution, StringComparison.Ordinal));
    }

    [Fact]
    public void Every_project_locks_its_packages()
    {
        Assert.All(Repository.Projects, project =>
        {
            Assert.True(File.Exists(Path.Combine(project.DirectoryName!, "packages.lock.json")), $"{project.Name} has no packages.lock.json.");
            Assert.Empty(project.Xml().Descendants("RestorePackagesWithLockFile"));
        });
    }

    [Fact]
    public void Aspire_packages_are_asked_for_only_with_the_switch()
    {
        var unconditional = Repository.Projects
            .SelectMany(project => project.Xml().Descendants("PackageReference"))
            .Where(package => package.Attribute("Include")!.Value.StartsWith("Aspire.", StringComparison.Ordinal))
            .Where(package => package.Parent!.Attribute("Condition")?.Value != "'$(UseAspire)' == 'true'");

        Assert.Empty(unconditional);
    }

    [Fact]
    public void The_drawing_takes_its_names_from_the_contracts()
    {
        var drawing = File.ReadAllText(Path.Combine(Repository.Root.FullName, "OpsCenter.AppHost", "AppHost.cs"));
        var names = typeof(ResourceNames).GetFields().Select(field => (string)field.GetRawConstantValue()!).ToHashSet();

        Assert.DoesNotContain(StringLiteral().Matches(drawing), literal => names.Contains(literal.Groups[1].Value));
        Assert.All(typeof(ResourceNames).GetFields(), field =>
            Assert.Contains($"{nameof(ResourceNames)}.{field.Name}", drawing, StringComparison.Ordinal));
    }

    [GeneratedRegex("\"([^\"]*)\"")]
    private static partial Regex StringLiteral();
}
