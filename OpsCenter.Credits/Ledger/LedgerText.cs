using System.Text;

namespace OpsCenter.Credits.Ledger;

/// <summary>
/// Text as Postgres takes it: no NUL, no half of a surrogate pair, not endless. A model's name is the customer's own text,
/// and no text may keep a debt from being written down.
/// </summary>
internal static class LedgerText
{
    private const int Longest = 200;

    public static string Storable(string text)
    {
        if (text.Length <= Longest && Ascii.IsValid(text) && !text.Contains('\0'))
            return text;
        var cut = text.Length <= Longest ? text : text[..Longest];
        // To bytes and back is what replaces halves of surrogate pairs.
        return Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(cut.Replace('\0', '\uFFFD')));
    }
}
