using OpsCenter.Contracts;
using OpsCenter.Router.Catalog;
using OpsCenter.Routing.Analysis;
using OpsCenter.Routing.Planning;

namespace OpsCenter.Benchmarks.Training;

/// <summary>How often the shipped catalogue's chosen offer stays the same, at every power level, when a prompt is written otherwise.</summary>
internal sealed record RobustnessFigures(double Typos, double Case)
{
    private const int Prompts = 1_500;
    private const int TyposPercent = 2;

    public static RobustnessFigures Measure(List<LabelledPrompt> prompts)
    {
        var catalog = new Catalog(new RouteSnapshot(1, DateTimeOffset.UnixEpoch, CatalogueFile.LoadShipped().Offers, [], []));
        var chance = new Chance(11);
        int typos = 0, cases = 0, typed = 0, cased = 0;
        for (var at = 0; at < prompts.Count; at += Math.Max(1, prompts.Count / Prompts))
        {
            var text = prompts[at].Text;
            var slipped = Slip(text, chance);
            foreach (var level in Enum.GetValues<PowerLevel>())
            {
                var chosen = Choose(catalog, text, level);
                typed++;
                typos += Choose(catalog, slipped, level) == chosen ? 1 : 0;
                cased += 2;
                cases += Choose(catalog, text.ToUpperInvariant(), level) == chosen ? 1 : 0;
                cases += Choose(catalog, text.ToLowerInvariant(), level) == chosen ? 1 : 0;
            }
        }

        return new RobustnessFigures(typos / (double)typed, cases / (double)cased);
    }

    /// <summary>Of a hundred letters two are swapped with the next, dropped, doubled or replaced.</summary>
    internal static string Slip(string text, Chance chance)
    {
        var slipped = new System.Text.StringBuilder(text.Length + 16);
        for (var i = 0; i < text.Length; i++)
        {
            if (!char.IsAsciiLetter(text[i]) || chance.Below(100) >= TyposPercent)
            {
                slipped.Append(text[i]);
                continue;
            }

            switch (chance.Below(4))
            {
                case 0 when i + 1 < text.Length:
                    slipped.Append(text[i + 1]).Append(text[i]);
                    i++;
                    break;
                case 1:
                    slipped.Append(text[i]).Append(text[i]);
                    break;
                case 2:
                    slipped.Append((char)('a' + chance.Below(26)));
                    break;
            }
        }

        return slipped.ToString();
    }

    private static string Choose(Catalog catalog, string text, PowerLevel level)
    {
        var facts = RouterData.Facts(text);
        var query = new RouteQuery(
            null, level, Tier.Enterprise, TaskDetector.Read(facts), facts.EstimatedInputTokens, null, ModelCapabilities.None, PrivacyClass.Any, catalog.Upstreams);
        return RoutePlanner.Plan(query, catalog, DateTimeOffset.UnixEpoch).Chain[0].Id;
    }
}
