using OpsCenter.Gateway.Keys;
using OpsCenter.Standalone;

namespace OpsCenter.Tests.Standalone;

public sealed class SecretsTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("opscenter-secrets-");

    private string SecretsFile => Path.Combine(_folder.FullName, "secrets.json");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task They_are_made_once_and_only_their_owner_reads_them()
    {
        var made = await Secrets.LoadAsync(_folder.FullName, TestContext.Current.CancellationToken);

        Assert.Equal(made, await Secrets.LoadAsync(_folder.FullName, TestContext.Current.CancellationToken));
        Assert.Matches("^[0-9a-f]{64}$", made.ServiceToken);
        Assert.Equal(32, Convert.FromBase64String(made.KeyPepper).Length);
        Assert.Equal(32, Convert.FromBase64String(made.ByokKek).Length);
        Assert.True(ApiKeyText.TryParse(made.DemoKey, out _));
        if (!OperatingSystem.IsWindows())
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(SecretsFile));
    }

    [Theory, InlineData(""), InlineData("null"), InlineData("{}"), InlineData("{\"serviceToken\":null}")]
    public async Task A_damaged_file_is_reported_and_never_replaced(string damaged)
    {
        await File.WriteAllTextAsync(SecretsFile, damaged, TestContext.Current.CancellationToken);

        var fault = await Assert.ThrowsAsync<StandaloneException>(() => Secrets.LoadAsync(_folder.FullName, TestContext.Current.CancellationToken));

        Assert.Contains(SecretsFile, fault.Message, StringComparison.Ordinal);
        Assert.Equal(damaged, await File.ReadAllTextAsync(SecretsFile, TestContext.Current.CancellationToken));
    }
}
