using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace OpsCenter.Sandbox.Stripe;

/// <summary>The parameters of a call, with brackets as Stripe writes them. One that the played Stripe does not know is an error.</summary>
internal sealed partial class StripeForm
{
    private readonly SortedDictionary<string, string> _values = new(StringComparer.Ordinal);

    private StripeForm()
    {
    }

    public string this[string name] => _values[name];

    /// <summary>Everything that was sent, in a fixed order: what a repetition is compared with.</summary>
    public string Fingerprint => string.Join('&', _values.Select(value => $"{value.Key}={value.Value}"));

    /// <param name="values">Names and values as they came.</param>
    /// <param name="allowed">Names; one that ends in <c>[]</c> stands for any member or index.</param>
    /// <param name="required">Names without which the call makes no sense.</param>
    /// <param name="problem">What is wrong, in Stripe's words.</param>
    public static StripeForm? Read(
        IEnumerable<KeyValuePair<string, Microsoft.Extensions.Primitives.StringValues>> values,
        string[] allowed,
        string[] required,
        out (string Message, string Parameter)? problem)
    {
        var form = new StripeForm();
        foreach (var (name, value) in values)
        {
            if (!allowed.Contains(name) && !allowed.Contains(LastBracket().Replace(name, "[]")))
            {
                problem = ($"Received unknown parameter: {name}", name);
                return null;
            }

            form._values[name] = value.ToString();
        }

        problem = required.Where(name => form.Find(name) is null or "").Select(name => ($"Missing required param: {name}.", name)).FirstOrDefault();
        if (problem is { Parameter: not null })
            return null;
        problem = null;
        return form;
    }

    public string? Find(string name) => _values.GetValueOrDefault(name);

    public long Number(string name) => long.TryParse(_values.GetValueOrDefault(name), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : 0;

    public JsonObject Map(string name)
    {
        var map = new JsonObject();
        foreach (var (key, value) in _values)
        {
            if (key.StartsWith($"{name}[", StringComparison.Ordinal))
                map[key[(name.Length + 1)..^1]] = value;
        }

        return map;
    }

    [GeneratedRegex(@"\[[^\[\]]*\]$")]
    private static partial Regex LastBracket();
}
