using System.Text.Json;
using Microsoft.AspNetCore.Http.HttpResults;

namespace OpsCenter.Sandbox;

/// <summary>The Sandbox's own doors: switch faults, read the log.</summary>
internal static class SandboxApi
{
    public static void MapFaults(this RouteGroupBuilder sandbox)
    {
        var group = sandbox.MapGroup("/faults");
        group.MapGet("/", (Faults faults) => TypedResults.Json(faults.List(), SandboxJson.Default.IReadOnlyListActiveFault));
        group.MapDelete("/", ClearAll);
        group.MapPost("/{upstream}", SwitchOnAsync);
        group.MapDelete("/{upstream}", Clear);
    }

    public static void MapLog(this RouteGroupBuilder sandbox)
    {
        var group = sandbox.MapGroup("/log");
        group.MapGet("/", List);
        group.MapDelete("/", Forget);
    }

    private static NoContent ClearAll(Faults faults)
    {
        faults.Clear();
        return TypedResults.NoContent();
    }

    private static NoContent Clear(string upstream, Faults faults)
    {
        faults.Clear(upstream);
        return TypedResults.NoContent();
    }

    private static async Task<Results<NoContent, NotFound, BadRequest<string>>> SwitchOnAsync(
        string upstream, HttpRequest request, Faults faults)
    {
        if (!Providers.IsKnown(upstream))
            return TypedResults.NotFound();
        FaultRequest? wish;
        try
        {
            wish = await JsonSerializer.DeserializeAsync(request.Body, SandboxJson.Default.FaultRequest, request.HttpContext.RequestAborted);
        }
        catch (JsonException)
        {
            wish = null;
        }

        if (wish is null || Fault.Parse(wish.Kind, wish.Number) is not { } fault || wish.Times is < 1)
            return TypedResults.BadRequest($$"""Send {"kind":"…","number":n,"times":n}; number and times may be absent. Kinds: {{string.Join(", ", Fault.Names)}}.""");
        faults.Add(upstream, fault, wish.Times);
        return TypedResults.NoContent();
    }

    private static JsonHttpResult<IReadOnlyList<Call>> List(string? upstream, SandboxLog log) => TypedResults.Json<IReadOnlyList<Call>>(
        [.. log.Calls.Where(call => upstream is null || call.Upstream == upstream)],
        SandboxJson.Default.IReadOnlyListCall);

    private static NoContent Forget(SandboxLog log)
    {
        log.Clear();
        return TypedResults.NoContent();
    }
}

internal sealed record FaultRequest(string Kind, int? Number = null, int? Times = null);
