using System.Text.Json;

namespace OpsCenter.Standalone;

/// <summary>
/// The folder that keeps everything between starts, held by one process at a time. The hold is a lock on an open file, which
/// the system lets go of when the process ends, however it ends.
/// </summary>
internal sealed class DataFolder : IDisposable
{
    private readonly FileStream _lock;

    private DataFolder(string path, FileStream heldLock)
    {
        Path = path;
        _lock = heldLock;
    }

    public string Path { get; }

    private string Card => CardOf(Path);

    /// <param name="chosen">OPSCENTER_DATA; when empty, a folder of this user's.</param>
    /// <param name="address">What a second start will be told.</param>
    /// <exception cref="StandaloneException">Another process holds the folder, or it cannot be written.</exception>
    public static DataFolder Take(string? chosen, Uri address)
    {
        var path = System.IO.Path.GetFullPath(string.IsNullOrWhiteSpace(chosen) ? Default() : chosen);
        try
        {
            Create(path);
            var folder = new DataFolder(path, new FileStream(
                System.IO.Path.Combine(path, "instance.lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None));
            folder.Leave(new Instance(Environment.ProcessId, address));
            return folder;
        }
        catch (IOException fault) when (IsHeldElsewhere(fault))
        {
            throw new StandaloneException(Holder(path) is { } other
                ? $"OpsCenter already runs on this data: {other.Url.GetLeftPart(UriPartial.Authority)} (process {other.Pid}). Stop it, or set OPSCENTER_DATA to another folder."
                : $"OpsCenter is already starting on this data ({path}). Wait for it, or set OPSCENTER_DATA to another folder.");
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new StandaloneException($"The data folder {path} cannot be read and written ({fault.Message}). Set OPSCENTER_DATA to a folder of yours.", fault);
        }
    }

    public void Dispose()
    {
        File.Delete(Card);
        _lock.Dispose();
    }

    private static string Default()
    {
        var own = Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.Create);
        return own.Length > 0
            ? System.IO.Path.Combine(own, "opscenter")
            : throw new StandaloneException("This user has no folder for application data. Set OPSCENTER_DATA to a folder.");
    }

    private static void Create(string path)
    {
        if (OperatingSystem.IsWindows())
            Directory.CreateDirectory(path);
        else
            Directory.CreateDirectory(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    private static string CardOf(string path) => System.IO.Path.Combine(path, "instance.json");

    private void Leave(Instance instance)
    {
        var draft = Card + ".new";
        File.WriteAllText(draft, JsonSerializer.Serialize(instance, JsonSerializerOptions.Web));
        File.Move(draft, Card, overwrite: true);
    }

    private static Instance? Holder(string path)
    {
        try
        {
            return JsonSerializer.Deserialize<Instance>(File.ReadAllText(CardOf(path)), JsonSerializerOptions.Web);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException or JsonException)
        {
            return null;
        }
    }

    /// <summary>A refused lock arrives as the bare error of the system: EWOULDBLOCK on Linux and macOS, a sharing violation on Windows.</summary>
    private static bool IsHeldElsewhere(IOException fault) =>
        fault.HResult == (OperatingSystem.IsWindows() ? unchecked((int)0x80070020) : OperatingSystem.IsMacOS() ? 35 : 11);

    private sealed record Instance(int Pid, Uri Url);
}
