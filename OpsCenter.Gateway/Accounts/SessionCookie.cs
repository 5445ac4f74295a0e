namespace OpsCenter.Gateway.Accounts;

/// <summary>
/// The console's cookie. Over TLS it is <c>__Host-oc</c>, Secure; on plain http, which only a laptop's loopback should use, a
/// browser would refuse that name, so it has another.
/// </summary>
internal static class SessionCookie
{
    private const string SecureName = "__Host-oc";
    private const string PlainName = "oc-local";

    public static string? Read(HttpRequest request) => request.Cookies[Name(request)];

    public static void Write(HttpContext http, string secret, DateTimeOffset expires) =>
        http.Response.Cookies.Append(Name(http.Request), secret, Options(http.Request, expires));

    public static void Delete(HttpContext http) =>
        http.Response.Cookies.Delete(Name(http.Request), Options(http.Request, null));

    private static string Name(HttpRequest request) => request.IsHttps ? SecureName : PlainName;

    private static CookieOptions Options(HttpRequest request, DateTimeOffset? expires) => new()
    {
        HttpOnly = true,
        Secure = request.IsHttps,
        SameSite = SameSiteMode.Lax,
        Path = "/",
        Expires = expires,
    };
}
