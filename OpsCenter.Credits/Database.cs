using Npgsql;
using OpsCenter.Contracts;

namespace OpsCenter.Credits;

/// <summary>A question to the database, whose silence callers know as <see cref="CreditsUnavailableException"/>.</summary>
internal static class Database
{
    public static async Task<T> AskAsync<T>(Func<Task<T>> question)
    {
        try
        {
            return await question();
        }
        catch (NpgsqlException fault) when (fault.IsTransient)
        {
            throw new CreditsUnavailableException("The ledger's database does not answer.", fault);
        }
    }
}
