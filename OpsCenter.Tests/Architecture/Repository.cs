using System.Xml.Linq;

namespace OpsCenter.Tests.Architecture;

/// <summary>The source tree that these tests were built from.</summary>
internal static class Repository
{
    private static readonly string[] NotOurs = ["artifacts", "bin", "obj", "node_modules", "TestResults", ".git"];

    public static DirectoryInfo Root { get; } = FindRoot();

    public static IReadOnlyList<FileInfo> Projects { get; } =
        [.. Root.EnumerateDirectories("OpsCenter.*").SelectMany(folder => folder.EnumerateFiles("*.csproj"))];

    public static IEnumerable<DirectoryInfo> FoldersBelow(DirectoryInfo folder) => folder.EnumerateDirectories()
        .Where(child => !NotOurs.Contains(child.Name))
        .SelectMany(child => FoldersBelow(child).Prepend(child));

    public static XDocument Xml(this FileInfo project) => XDocument.Load(project.FullName);

    private static DirectoryInfo FindRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "OpsCenter.sln")))
            folder = folder.Parent;
        return folder ?? throw new InvalidOperationException($"No OpsCenter.sln above {AppContext.BaseDirectory}.");
    }
}
