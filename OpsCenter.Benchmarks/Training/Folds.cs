namespace OpsCenter.Benchmarks.Training;

/// <summary>
/// Parts for cross-validation between which no near-duplicate leaks: prompts of one template, or that share at least two of
/// the smallest hashes of their runs of eight words, always go to the same part.
/// </summary>
internal static class Folds
{
    private const int RunLength = 8;
    private const int SketchLength = 4;

    public static int[] Of(IReadOnlyList<(string Text, string Template)> prompts, int count)
    {
        var parent = Enumerable.Range(0, prompts.Count).ToArray();
        var first = new Dictionary<ulong, int>();
        var shared = new HashSet<(int, int)>();
        var templates = new Dictionary<string, int>(StringComparer.Ordinal);
        for (var i = 0; i < prompts.Count; i++)
        {
            if (prompts[i].Template.Length > 0 && !templates.TryAdd(prompts[i].Template, i))
                Unite(parent, i, templates[prompts[i].Template]);
            foreach (var mark in Sketch(prompts[i].Text))
            {
                // One common run is a common phrase; two are the same text.
                if (!first.TryAdd(mark, i) && !shared.Add((first[mark], i)))
                    Unite(parent, i, first[mark]);
            }
        }

        var folds = new int[prompts.Count];
        var sizes = new int[count];
        var chance = new Chance(7);
        var groups = Enumerable.Range(0, prompts.Count).GroupBy(i => Root(parent, i)).Select(group => group.ToArray()).ToArray();
        var order = Enumerable.Range(0, groups.Length).ToArray();
        chance.Shuffle(order);
        foreach (var group in order.Select(at => groups[at]).OrderByDescending(group => group.Length))
        {
            var smallest = Array.IndexOf(sizes, sizes.Min());
            sizes[smallest] += group.Length;
            foreach (var i in group)
                folds[i] = smallest;
        }

        return folds;
    }

    /// <summary>The smallest hashes of its runs of words, which two prompts that share much also share.</summary>
    private static ulong[] Sketch(string text)
    {
        var words = RouterData.Normal(text).Split(' ');
        if (words.Length <= RunLength)
            return [Hash(words), Hash(words) + 1];
        return Enumerable.Range(0, words.Length - RunLength + 1)
            .Select(at => Hash(words.AsSpan(at, RunLength)))
            .Order()
            .Distinct()
            .Take(SketchLength)
            .ToArray();
    }

    private static ulong Hash(ReadOnlySpan<string> words)
    {
        var hash = 0xCBF29CE484222325;
        foreach (var word in words)
        {
            foreach (var c in word)
                hash = (hash ^ c) * 0x100000001B3;
            hash = (hash ^ ' ') * 0x100000001B3;
        }

        return hash ^ (hash >> 31);
    }

    private static void Unite(int[] parent, int a, int b) => parent[Root(parent, a)] = Root(parent, b);

    private static int Root(int[] parent, int at)
    {
        while (parent[at] != at)
            at = parent[at] = parent[parent[at]];
        return at;
    }
}
