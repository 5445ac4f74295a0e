using OpsCenter.Contracts;

namespace OpsCenter.Routing.Planning;

/// <summary>
/// What the caller's model name asks for: <c>auto</c>, <c>auto-eco</c>, <c>model:eco</c>, <c>model</c>, <c>provider/model</c>.
/// A null <see cref="Name"/> leaves the choice to the router.
/// </summary>
public readonly record struct ModelSelector(string? Name, PowerLevel? Level)
{
    private const string Auto = "auto";

    public bool IsAutomatic => Name is null;

    public static ModelSelector Parse(string? model)
    {
        var name = model.AsSpan().Trim();
        PowerLevel? level = null;

        // Names may hold colons of their own (ollama's tags); only a power level is taken off.
        var colon = name.LastIndexOf(':');
        if (colon >= 0 && PowerLevels.TryParse(name[(colon + 1)..], out var suffix))
        {
            level = suffix;
            name = name[..colon];
        }

        if (name.IsEmpty || name.Equals(Auto, StringComparison.OrdinalIgnoreCase))
            return new ModelSelector(null, level);
        if (name.StartsWith(Auto + "-", StringComparison.OrdinalIgnoreCase) && PowerLevels.TryParse(name[(Auto.Length + 1)..], out var chosen))
            return new ModelSelector(null, chosen);
        return new ModelSelector(name.Length == model!.Length ? model : name.ToString(), level);
    }
}
