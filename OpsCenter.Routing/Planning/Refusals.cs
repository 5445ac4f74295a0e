using System.Globalization;
using OpsCenter.Contracts;

namespace OpsCenter.Routing.Planning;

/// <summary>Words for an empty chain: which constraint emptied it, and what is accepted instead.</summary>
internal static class Refusals
{
    private const int Suggestions = 3;

    private static readonly (ModelCapabilities Flag, string Name, string Param)[] Capabilities =
    [
        (ModelCapabilities.Tools, "tools", "tools"),
        (ModelCapabilities.Vision, "vision", "messages"),
        (ModelCapabilities.JsonSchema, "json", "response_format"),
        (ModelCapabilities.Reasoning, "reasoning", "reasoning_effort"),
        (ModelCapabilities.PromptCache, "prompt caching", "messages"),
        (ModelCapabilities.Embeddings, "embeddings", "model"),
        (ModelCapabilities.Chat, "chat", "model"),
    ];

    public static string Code(Verdict verdict) => verdict switch
    {
        Verdict.Tier => RefusalCodes.TierNotAllowed,
        Verdict.Capability => RefusalCodes.UnsupportedCapability,
        Verdict.Context => RefusalCodes.ContextLengthExceeded,
        Verdict.Privacy => RefusalCodes.PrivacyNotAvailable,
        Verdict.Provider => RefusalCodes.NoProviderAvailable,
        _ => throw new ArgumentOutOfRangeException(nameof(verdict), verdict, null),
    };

    /// <summary>What would lift the constraint from this offer: a tier, a capability, a size to stay within, a privacy class.</summary>
    public static string? Needs(RouteCase routeCase, Offer offer, Verdict verdict) => verdict switch
    {
        Verdict.Tier => offer.Tier.WireName(),
        Verdict.Capability => Names(Jury.Missing(routeCase.Query, offer)),
        Verdict.Context => Number(routeCase.Query.MaxOutputTokens > offer.MaxOutput ? offer.MaxOutput : offer.ContextWindow),
        Verdict.Privacy => PrivacyName(offer.Privacy),
        _ => null,
    };

    public static RouteRefusal For(RouteCase routeCase, string? name, Candidate[] candidates, ReadOnlySpan<Judgement> judgements)
    {
        if (name is not null && candidates.Length == 0)
            return NotFound(routeCase.Catalog, name);

        // Each candidate left at the first constraint it failed, so the last constraint that took one is the one that emptied the list.
        var last = Verdict.Eligible;
        foreach (ref readonly var judgement in judgements)
            last = (Verdict)Math.Max((byte)last, (byte)judgement.Verdict);
        var left = new List<Offer>();
        for (var i = 0; i < candidates.Length; i++)
        {
            if (judgements[i].Verdict == last)
                left.Add(candidates[i].Offer);
        }

        return last switch
        {
            Verdict.Tier => TierNotAllowed(routeCase.Query, name, left),
            Verdict.Capability => Unsupported(routeCase, name, left),
            Verdict.Context => TooLong(routeCase.Query, name, left),
            Verdict.Privacy => NotPrivate(routeCase.Query, name, left),
            _ => NoProvider(routeCase, name, left),
        };
    }

    private static RouteRefusal NotFound(Catalog catalog, string name)
    {
        var nearest = catalog.Nearest(name, Suggestions);
        var hint = nearest.Count > 0 ? $" Did you mean {List(nearest, "or")}?" : "";
        return new RouteRefusal(
            RefusalCodes.ModelNotFound,
            $"There is no model \"{name}\".{hint} GET /v1/models lists all; \"auto\" leaves the choice to the router.",
            "model",
            null);
    }

    private static RouteRefusal TierNotAllowed(RouteQuery query, string? name, List<Offer> left)
    {
        var needs = left.Min(offer => offer.Tier).WireName();
        return new RouteRefusal(
            RefusalCodes.TierNotAllowed,
            $"{Subject(name)} needs the {needs} tier or a higher one; this account is on {query.Tier.WireName()}.",
            name is null ? null : "model",
            needs);
    }

    private static RouteRefusal Unsupported(RouteCase routeCase, string? name, List<Offer> left)
    {
        var query = routeCase.Query;
        var missing = left.Select(offer => Jury.Missing(query, offer)).MinBy(flags => int.PopCount((int)flags));
        var able = routeCase.Catalog.Automatic
            .Select(candidate => candidate.Offer)
            .Where(offer => offer.Tier <= query.Tier && Jury.Missing(query, offer) == ModelCapabilities.None)
            .Select(offer => offer.Id)
            .Take(Suggestions)
            .ToList();
        var hint = able.Count > 0
            ? $" These can: {List(able, "and")}."
            : $" No model open to the {query.Tier.WireName()} tier can.";
        return new RouteRefusal(
            RefusalCodes.UnsupportedCapability,
            $"The request needs {Names(query.Needs)}, and {Subject(name, inSentence: true)} lacks {Names(missing)}.{hint}",
            Capabilities.First(capability => missing.HasFlag(capability.Flag)).Param,
            Names(missing));
    }

    private static RouteRefusal TooLong(RouteQuery query, string? name, List<Offer> left)
    {
        var expectedOutput = Jury.ExpectedOutput(query);
        var output = query.MaxOutputTokens ?? expectedOutput;
        var window = left.Max(offer => offer.ContextWindow);
        if (query.MaxOutputTokens is { } asked && Jury.NeededTokens(query, expectedOutput) <= window)
        {
            var most = left.Max(offer => offer.MaxOutput);
            return new RouteRefusal(
                RefusalCodes.ContextLengthExceeded,
                $"max_tokens is {Number(asked)}, but {Subject(name, inSentence: true)} writes at most {Number(most)} tokens for a request of this length. Lower max_tokens.",
                "max_tokens",
                Number(most));
        }

        return new RouteRefusal(
            RefusalCodes.ContextLengthExceeded,
            $"The request needs about {Number((long)query.InputTokens + output)} tokens ({Number(query.InputTokens)} in, up to {Number(output)} out), but {Subject(name, inSentence: true)} takes at most {Number(window)}. Shorten the messages or lower max_tokens.",
            "messages",
            Number(window));
    }

    private static RouteRefusal NotPrivate(RouteQuery query, string? name, List<Offer> left)
    {
        var needs = PrivacyName(left.Min(offer => offer.Privacy));
        return new RouteRefusal(
            RefusalCodes.PrivacyNotAvailable,
            $"{Subject(name)} does not meet privacy {PrivacyName(query.Privacy)}. Accept {needs}, or add an upstream that keeps prompts {(query.Privacy is PrivacyClass.Local ? "in the house" : "out of training")}.",
            null,
            needs);
    }

    private static RouteRefusal NoProvider(RouteCase routeCase, string? name, List<Offer> left)
    {
        if (left.Count == 0)
            return new RouteRefusal(RefusalCodes.NoProviderAvailable, "The catalogue has no models yet. Try again in a moment.", null, null);

        var catalog = routeCase.Catalog;
        var states = left
            .Select(offer => offer.Upstream)
            .Distinct(StringComparer.Ordinal)
            .Order(StringComparer.Ordinal)
            .Select(upstream =>
            {
                var health = catalog.UpstreamStates[Array.IndexOf(catalog.UpstreamNames, upstream)];
                return routeCase.Query.ReadyUpstreams.Contains(upstream)
                    ? $"{upstream} is {(health is { State: HealthState.Paused } ? "paused" : "not answering")}"
                    : $"{upstream} has no key or address";
            })
            .ToList();
        return new RouteRefusal(
            RefusalCodes.NoProviderAvailable,
            $"No provider of {Subject(name, inSentence: true)} can be asked now: {List(states, "and")}. Try again later.",
            null,
            null);
    }

    private static string Subject(string? name, bool inSentence = false) =>
        name ?? (inSentence ? "every model that is left" : "Every model that is left");

    private static string Names(ModelCapabilities flags) =>
        List([.. Capabilities.Where(capability => flags.HasFlag(capability.Flag)).Select(capability => capability.Name)], "and");

    private static string PrivacyName(PrivacyClass privacy) => privacy switch
    {
        PrivacyClass.Local => "local",
        PrivacyClass.NoTrain => "no-train",
        _ => "any",
    };

    private static string Number(long value) => value.ToString("N0", CultureInfo.InvariantCulture);

    private static string List(IReadOnlyList<string> items, string conjunction) => items.Count switch
    {
        0 => "",
        1 => items[0],
        _ => $"{string.Join(", ", items.Take(items.Count - 1))} {conjunction} {items[^1]}",
    };
}
