using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Http.HttpResults;
using OpsCenter.Contracts;

namespace OpsCenter.Credits;

/// <summary>Bodies at the internal doors: read strictly, and refused in words that name the member.</summary>
internal static class InternalBody
{
    public static async Task<(T? Body, ProblemHttpResult? Problem)> ReadAsync<T>(HttpRequest request, CancellationToken ct)
        where T : class
    {
        try
        {
            var type = (JsonTypeInfo<T>)ContractsJson.Strict.GetTypeInfo(typeof(T));
            return await JsonSerializer.DeserializeAsync(request.Body, type, ct) is { } body
                ? (body, null)
                : (null, Malformed("$: The body is an object."));
        }
        catch (JsonException fault)
        {
            return (null, Malformed($"{fault.Path ?? "$"}: {fault.Message}"));
        }
    }

    public static ProblemHttpResult Malformed(string detail) =>
        TypedResults.Problem(detail, statusCode: StatusCodes.Status400BadRequest);
}
