using System.Security.Claims;
using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authorization;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using OpsCenter.Gateway.Chat;
using OpsCenter.Gateway.Keys;

namespace OpsCenter.Gateway.Accounts;

/// <summary>
/// Finds out who is asking. A key in a header counts everywhere; the console's cookie counts on <c>/api</c> only, and for
/// anything but reading only with the <c>X-OC-CSRF</c> header, which no foreign page can send. A request that shows a key is
/// judged by the key alone.
/// </summary>
internal sealed class CallerAuthentication(
    IOptionsMonitor<AuthenticationSchemeOptions> options,
    ILoggerFactory logger,
    UrlEncoder encoder,
    KeyStore keys)
    : AuthenticationHandler<AuthenticationSchemeOptions>(options, logger, encoder)
{
    public const string SchemeName = "Caller";

    /// <summary>A key or a session.</summary>
    public const string Policy = "caller";

    public const string CsrfHeader = "X-OC-CSRF";

    private const string Bearer = "Bearer ";
    private static readonly AuthenticationTicket KnownCaller =
        new(new ClaimsPrincipal(new ClaimsIdentity(SchemeName)), SchemeName);

    private OpenAiError? _error;

    public static void Add(IServiceCollection services)
    {
        services.AddAuthentication().AddScheme<AuthenticationSchemeOptions, CallerAuthentication>(SchemeName, null);
        services.AddAuthorizationBuilder()
            .AddPolicy(Policy, new AuthorizationPolicyBuilder(SchemeName).RequireAuthenticatedUser().Build());
    }

    protected override async Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        var shown = ShownKey();
        var (caller, error) = shown.Length > 0 ? await ByKeyAsync(shown) : await BySessionAsync();
        if (caller is null)
        {
            _error = error;
            return error is null ? AuthenticateResult.NoResult() : AuthenticateResult.Fail(error.Message);
        }

        Context.Features.Set(caller);
        return AuthenticateResult.Success(KnownCaller);
    }

    protected override Task HandleChallengeAsync(AuthenticationProperties properties)
    {
        var error = _error ?? OpenAiError.MissingKey;
        if (error.Status == StatusCodes.Status401Unauthorized)
            Response.Headers.WWWAuthenticate = "Bearer";
        return error.WriteAsync(Context);
    }

    private string ShownKey()
    {
        var authorization = Request.Headers.Authorization.ToString();
        if (authorization.StartsWith(Bearer, StringComparison.OrdinalIgnoreCase))
            return authorization[Bearer.Length..].Trim();
        var header = Request.Headers["x-api-key"].ToString();
        return header.Length > 0 ? header : Request.Headers["api-key"].ToString();
    }

    private async ValueTask<(Caller?, OpenAiError?)> ByKeyAsync(string shown) =>
        await keys.FindAsync(shown, Context.RequestAborted) switch
        {
            { Caller: { } caller } => (caller, null),
            { Problem: { } problem } => (null, problem),
            _ => (null, OpenAiError.WrongKey),
        };

    private async Task<(Caller?, OpenAiError?)> BySessionAsync()
    {
        if (!Request.Path.StartsWithSegments("/api") || SessionCookie.Read(Request) is not { } secret)
            return (null, null);

        if (!HttpMethods.IsGet(Request.Method) && !HttpMethods.IsHead(Request.Method) && !ComesFromConsole())
            return (null, OpenAiError.CrossSite);

        var now = TimeProvider.GetUtcNow();
        var hash = Secret.Hash(secret);
        var db = Context.RequestServices.GetRequiredService<GatewayDb>();
        var caller = await (
                from session in db.Sessions
                where session.SecretHash == hash && session.ExpiresAt > now
                join user in db.Users on session.UserId equals user.Id
                join account in db.Accounts on user.AccountId equals account.Id
                select new Caller(account.Id, account.Name, account.Tier, null, user.Id, user.Role))
            .AsNoTracking()
            .FirstOrDefaultAsync(Context.RequestAborted);
        return (caller, caller is null ? OpenAiError.SessionEnded : null);
    }

    private bool ComesFromConsole() =>
        Request.Headers.ContainsKey(CsrfHeader)
        && Request.Headers["Sec-Fetch-Site"].ToString() is "" or "same-origin" or "none";
}
