using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.StaticFiles;
using Microsoft.Extensions.FileProviders;
using Microsoft.Net.Http.Headers;

namespace OpsCenter.Standalone;

/// <summary>The console as static files. Every address that belongs to no service is one of its pages.</summary>
internal static class ConsoleFiles
{
    /// <summary>Addresses of the services, where an unknown path is an error and never a page.</summary>
    private const string OurPages = "{**path:regex(^(?!(api|v1|sandbox|internal|health|alive|docs|openapi)(/|$)))}";

    private const string Policy =
        "default-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'; img-src 'self' data:; style-src 'self' 'unsafe-inline'";

    private static readonly FileExtensionContentTypeProvider ContentTypes = new();

    public static void AddConsole(this IHostApplicationBuilder builder, ConsoleSite site)
    {
        builder.Services.AddSingleton(site);
        builder.Services.AddHostedService<ConsoleBuild>();
    }

    public static void MapConsole(this IEndpointRouteBuilder routes)
    {
        // Behind every address of a service, and before what a service answers only where there is no console.
        var pages = routes.MapGroup("").AllowAnonymous().ExcludeFromDescription().WithOrder(int.MaxValue - 1);
        pages.Map("", (HttpContext http, ConsoleSite site) => Serve(http, site, ""));
        pages.Map(OurPages, (HttpContext http, ConsoleSite site, string path) => Serve(http, site, path));
    }

    private static Results<PhysicalFileHttpResult, ContentHttpResult, NotFound> Serve(HttpContext http, ConsoleSite site, string path)
    {
        if (!HttpMethods.IsGet(http.Request.Method) && !HttpMethods.IsHead(http.Request.Method))
            return TypedResults.NotFound();

        var wantsPage = http.Request.GetTypedHeaders().Accept.Any(type => type.MediaType.Equals("text/html", StringComparison.OrdinalIgnoreCase));
        Protect(http.Response.Headers);
        if (site.Folder is not { } folder)
            return wantsPage ? Waiting(http.Response, site) : TypedResults.NotFound();

        using var files = new PhysicalFileProvider(folder);
        var file = files.GetFileInfo(path);
        if (!file.Exists && wantsPage)
            file = files.GetFileInfo("index.html");
        if (file is not { Exists: true, PhysicalPath: { } onDisk })
            return TypedResults.NotFound();

        // The bundler puts a hash of the content into the names under assets/; every other name is asked for again.
        var hashed = path.StartsWith("assets/", StringComparison.Ordinal) && file.Name != "index.html";
        http.Response.Headers.CacheControl = hashed ? "public, max-age=31536000, immutable" : "no-cache";
        return TypedResults.PhysicalFile(
            onDisk,
            ContentTypes.TryGetContentType(file.Name, out var type) ? type : "application/octet-stream",
            lastModified: file.LastModified,
            entityTag: new EntityTagHeaderValue($"\"{file.LastModified.ToUnixTimeMilliseconds():x}-{file.Length:x}\""));
    }

    private static void Protect(IHeaderDictionary headers)
    {
        headers.ContentSecurityPolicy = Policy;
        headers.XContentTypeOptions = "nosniff";
        headers["Referrer-Policy"] = "no-referrer";
        headers["Cross-Origin-Opener-Policy"] = "same-origin";
    }

    private static ContentHttpResult Waiting(HttpResponse response, ConsoleSite site)
    {
        response.Headers.CacheControl = "no-store";
        var refresh = site.Source is null ? "" : """<meta http-equiv="refresh" content="2">""";
        return TypedResults.Text(
            $"""
            <!doctype html>
            <html lang="en">
            <meta charset="utf-8">
            {refresh}
            <title>OpsCenter</title>
            <body style="font: 1rem/1.5 system-ui, sans-serif; max-width: 40rem; margin: 4rem auto; padding: 0 1rem">
            <h1>OpsCenter</h1>
            <p>The API answers. The console: {HtmlEncoder.Default.Encode(site.State)}.</p>
            """,
            "text/html; charset=utf-8",
            statusCode: StatusCodes.Status503ServiceUnavailable);
    }
}
