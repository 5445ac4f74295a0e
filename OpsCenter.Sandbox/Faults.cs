using System.Collections.Concurrent;
using System.Collections.Frozen;
using System.Globalization;
using System.Text.RegularExpressions;

namespace OpsCenter.Sandbox;

internal enum FaultKind
{
    Refusal,
    HtmlError,
    StallBeforeHeaders,
    StallBeforeFirstToken,
    StallMidStream,
    CutBeforeFirstToken,
    CutAfter,
    GarbageSse,
    ErrorIn200,
    EmptyAnswer,
    SilentUsage,
    NegativeUsage,
    ZeroUsage,
    HugeUsage,
    UsageTwice,
    UsageInContentChunk,
    MissingDone,
    WrongContentType,
    HugeLine,
    InvalidUtf8,
    Slow,
}

/// <summary>
/// One thing that goes wrong. Its name may end in a number, <c>cut-after-3</c>: pieces before a cut, a stall or an error,
/// seconds of Retry-After for a refusal, MiB of a huge line, tokens per second for slow.
/// </summary>
internal sealed partial record Fault(string Name, FaultKind Kind, Trouble? Trouble, int? Number)
{
    private static readonly FrozenDictionary<string, (FaultKind Kind, Trouble? Trouble)> Known =
        new Dictionary<string, (FaultKind, Trouble?)>
        {
            ["429"] = (FaultKind.Refusal, Sandbox.Trouble.RateLimited),
            ["500"] = (FaultKind.Refusal, Sandbox.Trouble.ServerError),
            ["503"] = (FaultKind.Refusal, Sandbox.Trouble.Unavailable),
            ["529"] = (FaultKind.Refusal, Sandbox.Trouble.Overloaded),
            ["401"] = (FaultKind.Refusal, Sandbox.Trouble.InvalidKey),
            ["403"] = (FaultKind.Refusal, Sandbox.Trouble.Forbidden),
            ["404"] = (FaultKind.Refusal, Sandbox.Trouble.ModelNotFound),
            ["408"] = (FaultKind.Refusal, Sandbox.Trouble.Timeout),
            ["409"] = (FaultKind.Refusal, Sandbox.Trouble.Conflict),
            ["413"] = (FaultKind.Refusal, Sandbox.Trouble.TooLarge),
            ["context-length"] = (FaultKind.Refusal, Sandbox.Trouble.ContextLength),
            ["content-policy"] = (FaultKind.Refusal, Sandbox.Trouble.ContentPolicy),
            ["html-error"] = (FaultKind.HtmlError, null),
            ["stall-before-headers"] = (FaultKind.StallBeforeHeaders, null),
            ["stall-before-first-token"] = (FaultKind.StallBeforeFirstToken, null),
            ["stall-mid-stream"] = (FaultKind.StallMidStream, null),
            ["cut-before-first-token"] = (FaultKind.CutBeforeFirstToken, null),
            ["cut-after"] = (FaultKind.CutAfter, null),
            ["garbage-sse"] = (FaultKind.GarbageSse, null),
            ["error-in-200"] = (FaultKind.ErrorIn200, null),
            ["empty-answer"] = (FaultKind.EmptyAnswer, null),
            ["silent-usage"] = (FaultKind.SilentUsage, null),
            ["negative-usage"] = (FaultKind.NegativeUsage, null),
            ["zero-usage"] = (FaultKind.ZeroUsage, null),
            ["huge-usage"] = (FaultKind.HugeUsage, null),
            ["usage-twice"] = (FaultKind.UsageTwice, null),
            ["usage-in-content-chunk"] = (FaultKind.UsageInContentChunk, null),
            ["missing-done"] = (FaultKind.MissingDone, null),
            ["wrong-content-type"] = (FaultKind.WrongContentType, null),
            ["huge-line"] = (FaultKind.HugeLine, null),
            ["invalid-utf8"] = (FaultKind.InvalidUtf8, null),
            ["slow"] = (FaultKind.Slow, null),
        }.ToFrozenDictionary();

    public static IEnumerable<string> Names => Known.Keys.Order(StringComparer.Ordinal);

    /// <summary>Null for a name that nobody knows.</summary>
    public static Fault? Parse(string name, int? number = null)
    {
        if (Known.TryGetValue(name, out var whole))
            return new Fault(name, whole.Kind, whole.Trouble, number);
        return NumberedName().Match(name) is { Success: true } match
            && Known.TryGetValue(match.Groups[1].Value, out var known)
            && int.TryParse(match.Groups[2].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture, out var parsed)
                ? new Fault(name, known.Kind, known.Trouble, parsed)
                : null;
    }

    /// <summary>The name in a marker such as <c>[[fault:cut-after-3]]</c>.</summary>
    public static string? Marker(string text) => MarkerPattern().Match(text) is { Success: true } match ? match.Groups[1].Value : null;

    [GeneratedRegex(@"^(.+)-(\d+)$")]
    private static partial Regex NumberedName();

    [GeneratedRegex(@"\[\[fault:([a-z0-9-]+)\]\]")]
    private static partial Regex MarkerPattern();
}

/// <summary>
/// The faults that are switched on, upstream by upstream. The first one set is the first to happen; when its times are used
/// up the next one's turn comes. Only calls that would be billed meet them: lists of models and token counts stay calm.
/// </summary>
internal sealed class Faults
{
    private readonly ConcurrentDictionary<string, LinkedList<Switch>> _switches = new();

    public void Add(string upstream, Fault fault, int? times)
    {
        var queue = _switches.GetOrAdd(upstream, _ => []);
        lock (queue)
            queue.AddLast(new Switch(fault, times));
    }

    public Fault? Take(string upstream)
    {
        if (!_switches.TryGetValue(upstream, out var queue))
            return null;
        lock (queue)
        {
            if (queue.First is not { } first)
                return null;
            if (first.Value.Left is { } left)
            {
                if (left <= 1)
                    queue.RemoveFirst();
                else
                    first.Value = first.Value with { Left = left - 1 };
            }

            return first.Value.Fault;
        }
    }

    public void Clear(string upstream) => _switches.TryRemove(upstream, out _);

    public void Clear() => _switches.Clear();

    public IReadOnlyList<ActiveFault> List()
    {
        var active = new List<ActiveFault>();
        foreach (var (upstream, queue) in _switches.OrderBy(entry => entry.Key, StringComparer.Ordinal))
        {
            lock (queue)
                active.AddRange(queue.Select(entry => new ActiveFault(upstream, entry.Fault.Name, entry.Fault.Number, entry.Left)));
        }

        return active;
    }

    private sealed record Switch(Fault Fault, int? Left);
}

/// <param name="Upstream">Whom it befalls.</param>
/// <param name="Kind">Its name.</param>
/// <param name="Number">What its name may end in.</param>
/// <param name="Times">How many calls it will still befall; null is all of them.</param>
internal sealed record ActiveFault(string Upstream, string Kind, int? Number, int? Times);
