using System.Collections.Frozen;
using OpsCenter.Contracts;

namespace OpsCenter.Routing.Planning;

/// <summary>A snapshot compiled for look-ups. Immutable; swapped whole.</summary>
public sealed class Catalog
{
    private readonly FrozenDictionary<string, Candidate[]> _byName;
    private readonly PowerLevelPolicy[] _levels;

    public Catalog(RouteSnapshot snapshot)
    {
        ArgumentNullException.ThrowIfNull(snapshot);
        Snapshot = snapshot;

        var upstreams = snapshot.Offers.Select(offer => offer.Upstream).Distinct(StringComparer.Ordinal).ToArray();
        var providers = snapshot.Offers.Select(offer => offer.Provider).Distinct(StringComparer.Ordinal).ToArray();
        var health = new Dictionary<string, UpstreamHealth>(StringComparer.Ordinal);
        foreach (var state in snapshot.Health)
            health[state.Upstream] = state;

        UpstreamNames = upstreams;
        Upstreams = upstreams.ToFrozenSet(StringComparer.Ordinal);
        UpstreamStates = [.. upstreams.Select(upstream => health.GetValueOrDefault(upstream))];
        ProviderCount = providers.Length;

        var candidates = snapshot.Offers
            .Select(offer =>
            {
                var upstream = Array.IndexOf(upstreams, offer.Upstream);
                return new Candidate(offer, upstream, Array.IndexOf(providers, offer.Provider), UpstreamStates[upstream]);
            })
            .ToArray();
        Automatic = [.. candidates.Where(candidate => candidate.Offer.Automatic)];
        _byName = IndexNames(candidates);
        _levels = [.. PowerLevels.Table.Select(fallback => snapshot.Levels.FirstOrDefault(level => level.Level == fallback.Level) ?? fallback)];
    }

    public static Catalog Empty { get; } = new(new RouteSnapshot(0, DateTimeOffset.UnixEpoch, [], [], []));

    public RouteSnapshot Snapshot { get; }

    /// <summary>Every upstream that some offer runs on.</summary>
    public IReadOnlySet<string> Upstreams { get; }

    internal string[] UpstreamNames { get; }

    internal UpstreamHealth?[] UpstreamStates { get; }

    internal int ProviderCount { get; }

    /// <summary>Offers that may be chosen without being named.</summary>
    internal Candidate[] Automatic { get; }

    public PowerLevelPolicy Level(PowerLevel level) => _levels[(int)level];

    /// <summary>The offers that a caller's name means: one by its id, all of a model by the model's name, else those of an alias.</summary>
    public IReadOnlyList<Offer> Find(string name) => [.. Named(name).Select(candidate => candidate.Offer)];

    /// <summary>
    /// The names that look most like this one: ids when it has a provider in it, else models and aliases. A name that begins
    /// like it counts as nearer.
    /// </summary>
    public IReadOnlyList<string> Nearest(string name, int count)
    {
        ArgumentNullException.ThrowIfNull(name);
        var withProvider = name.Contains('/', StringComparison.Ordinal);
        return
        [
            .. _byName.Keys
                .Where(known => known.Contains('/', StringComparison.Ordinal) == withProvider)
                .Select(known => (Name: known, Distance: EditDistance.Between(name, known)))
                .OrderBy(known => known.Distance)
                .ThenBy(known => known.Name, StringComparer.Ordinal)
                .Take(count)
                .Select(known => known.Name),
        ];
    }

    internal Candidate[] Named(string name) => _byName.TryGetValue(name, out var candidates) ? candidates : [];

    private static FrozenDictionary<string, Candidate[]> IndexNames(Candidate[] candidates)
    {
        var names = new Dictionary<string, Candidate[]>(StringComparer.OrdinalIgnoreCase);
        foreach (var candidate in candidates)
            names.TryAdd(candidate.Offer.Id, [candidate]);
        foreach (var model in candidates.GroupBy(candidate => candidate.Offer.Model, StringComparer.OrdinalIgnoreCase))
            names.TryAdd(model.Key, [.. model]);
        var aliases = candidates
            .SelectMany(candidate => candidate.Offer.Aliases, (candidate, alias) => (candidate, alias))
            .GroupBy(named => named.alias, named => named.candidate, StringComparer.OrdinalIgnoreCase);
        foreach (var alias in aliases)
            names.TryAdd(alias.Key, [.. alias.Distinct()]);
        return names.ToFrozenDictionary(StringComparer.OrdinalIgnoreCase);
    }
}
