namespace OpsCenter.Routing.Planning;

/// <summary>How far a mistyped name is from a known one.</summary>
internal static class EditDistance
{
    /// <summary>Insertions, deletions and replacements, without case, and less what the names have in common at their beginning.</summary>
    public static double Between(string typed, string known)
    {
        var prefix = 0;
        while (prefix < typed.Length && prefix < known.Length && Fold(typed[prefix]) == Fold(known[prefix]))
            prefix++;
        return Levenshtein(typed, known) - 0.5 * prefix;
    }

    private static int Levenshtein(string a, string b)
    {
        var row = new int[b.Length + 1];
        for (var j = 0; j <= b.Length; j++)
            row[j] = j;
        for (var i = 1; i <= a.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= b.Length; j++)
            {
                var replaced = diagonal + (Fold(a[i - 1]) == Fold(b[j - 1]) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(replaced, Math.Min(row[j], row[j - 1]) + 1);
            }
        }

        return row[b.Length];
    }

    private static char Fold(char c) => char.ToLowerInvariant(c);
}
