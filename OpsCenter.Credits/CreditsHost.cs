using Microsoft.Extensions.Options;
using OpsCenter.Contracts;
using OpsCenter.Credits.Billing;
using OpsCenter.Credits.Ledger;
using OpsCenter.Credits.Plans;
using OpsCenter.Credits.Purchases;
using OpsCenter.ServiceDefaults;

namespace OpsCenter.Credits;

/// <summary>The service as a module, so that its own host and Standalone compose the same thing.</summary>
public static class CreditsHost
{
    public static IHostApplicationBuilder AddCredits(this IHostApplicationBuilder builder)
    {
        builder.AddOpsDatabase<CreditsDb>(ResourceNames.CreditsDb);
        builder.Services.AddOptions<LedgerOptions>().BindConfiguration(LedgerOptions.Section).ValidateOnStart();
        builder.Services.AddSingleton<IValidateOptions<LedgerOptions>, LedgerOptionsValidator>();
        builder.Services.AddOptions<LagoOptions>().BindConfiguration(LagoOptions.Section).ValidateOnStart();
        builder.Services.AddSingleton<IValidateOptions<LagoOptions>, LagoOptionsValidator>();
        builder.Services.AddSingleton<LedgerMeter>();
        builder.Services.AddSingleton<IBudgets, BudgetBook>();
        builder.Services.AddSingleton<IPlans, PlanBook>();
        builder.Services.AddSingleton<LedgerCheck>();
        builder.Services.AddSingleton<CreditLedger>();
        builder.Services.AddSingleton<ICredits>(provider => provider.GetRequiredService<CreditLedger>());
        builder.Services.AddHostedService(provider => provider.GetRequiredService<CreditLedger>());
        // After the ledger, so that it stops before it.
        builder.Services.AddSingleton<Sweeper>();
        builder.Services.AddHostedService(provider => provider.GetRequiredService<Sweeper>());
        builder.Services.AddHostedService<LedgerCheckJob>();
        builder.Services.AddSingleton<Outbox>();
        builder.Services.AddHttpClient<LagoClient>(client => client.Timeout = TimeSpan.FromSeconds(20));
        builder.Services.AddSingleton<LagoDispatcher>();
        builder.Services.AddHostedService(provider => provider.GetRequiredService<LagoDispatcher>());
        builder.AddPurchases();
        return builder;
    }

    public static IEndpointRouteBuilder MapCredits(this IEndpointRouteBuilder routes)
    {
        routes.MapLedger();
        routes.MapPurchases();
        return routes;
    }
}
