using System.Net.Http.Headers;
using System.Security.Claims;
using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authorization;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace OpsCenter.ServiceDefaults;

/// <summary>
/// How our services call each other: one shared token, addresses by service discovery (<c>http://credits</c>), and a client
/// that never re-sends by itself. Every endpoint that states no policy of its own is for services only.
/// </summary>
public static class InternalHttp
{
    /// <summary>Configuration key of the token that Gateway, Router and Credits share.</summary>
    public const string TokenKey = "OpsCenter:ServiceToken";

    private const string SchemeName = "Service";

    internal static void AddInternalHttp(this IHostApplicationBuilder builder)
    {
        builder.Services.AddServiceDiscovery();
        builder.Services.AddOptions<ServiceTokenOptions>()
            .Configure<IConfiguration>((options, configuration) => options.Token = configuration[TokenKey] ?? "")
            .Validate(
                options => options.Token.Length >= 32,
                "OpsCenter:ServiceToken is missing or shorter than 32 characters. Give Gateway, Router and Credits the same random secret, for example from `openssl rand -hex 32`.")
            .ValidateOnStart();
        // No default scheme: it would be tried on every request, whatever credential the endpoint asks for.
        builder.Services.AddAuthentication()
            .AddScheme<AuthenticationSchemeOptions, ServiceTokenHandler>(SchemeName, null);
        builder.Services.AddAuthorizationBuilder()
            .SetFallbackPolicy(new AuthorizationPolicyBuilder(SchemeName).RequireAuthenticatedUser().Build());
    }

    /// <summary>A typed client for one of our services.</summary>
    public static IHttpClientBuilder AddInternalClient<TClient>(this IServiceCollection services, string serviceName)
        where TClient : class =>
        services.AddHttpClient<TClient>()
            .ConfigureHttpClient((provider, client) =>
            {
                client.BaseAddress = new Uri($"http://{serviceName}");
                client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue(
                    "Bearer", provider.GetRequiredService<IOptions<ServiceTokenOptions>>().Value.Token);
            })
            .AddServiceDiscovery();

    private sealed class ServiceTokenHandler(
        IOptionsMonitor<AuthenticationSchemeOptions> options,
        ILoggerFactory logger,
        UrlEncoder encoder,
        IOptions<ServiceTokenOptions> token)
        : AuthenticationHandler<AuthenticationSchemeOptions>(options, logger, encoder)
    {
        private const string Prefix = "Bearer ";

        protected override Task<AuthenticateResult> HandleAuthenticateAsync()
        {
            var header = Request.Headers.Authorization.ToString();
            if (!header.StartsWith(Prefix, StringComparison.Ordinal))
                return Task.FromResult(AuthenticateResult.NoResult());

            var sent = SHA256.HashData(Encoding.UTF8.GetBytes(header[Prefix.Length..]));
            var ours = SHA256.HashData(Encoding.UTF8.GetBytes(token.Value.Token));
            if (!CryptographicOperations.FixedTimeEquals(sent, ours))
                return Task.FromResult(AuthenticateResult.Fail("The service token does not match."));

            var identity = new ClaimsIdentity([new Claim(ClaimTypes.Name, "service")], SchemeName);
            return Task.FromResult(AuthenticateResult.Success(new AuthenticationTicket(new ClaimsPrincipal(identity), SchemeName)));
        }
    }
}

/// <summary>The secret that services show each other.</summary>
public sealed class ServiceTokenOptions
{
    public string Token { get; set; } = "";
}
