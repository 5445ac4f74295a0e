using System.Text.Json;
using System.Text.Json.Serialization;

namespace OpsCenter.Contracts;

/// <summary>
/// JSON between our own services. One configuration for both sides, and strict: a missing, unknown or null member is an
/// error, because a price that silently binds to 0 is a free request.
/// </summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(LedgerBatch))]
[JsonSerializable(typeof(LedgerReplies))]
[JsonSerializable(typeof(Balance))]
[JsonSerializable(typeof(TransactionPage))]
[JsonSerializable(typeof(BudgetList))]
[JsonSerializable(typeof(BudgetLimit))]
[JsonSerializable(typeof(PlanList))]
[JsonSerializable(typeof(PlanTerms))]
[JsonSerializable(typeof(Plan))]
[JsonSerializable(typeof(RouteSnapshot))]
[JsonSerializable(typeof(OutcomeBatch))]
[JsonSerializable(typeof(RouteRequest))]
[JsonSerializable(typeof(RouteExplanation))]
[JsonSerializable(typeof(PackageList))]
[JsonSerializable(typeof(BuyRequest))]
[JsonSerializable(typeof(BuyReply))]
[JsonSerializable(typeof(Purchase))]
[JsonSerializable(typeof(WebhookDelivery))]
[JsonSerializable(typeof(WebhookReply))]
public sealed partial class ContractsJson : JsonSerializerContext
{
    /// <summary>The options that every internal door and every internal client uses.</summary>
    public static JsonSerializerOptions Strict { get; } = Configure(new JsonSerializerOptions());

    public static JsonSerializerOptions Configure(JsonSerializerOptions options)
    {
        options.PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower;
        options.RespectNullableAnnotations = true;
        options.RespectRequiredConstructorParameters = true;
        options.UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow;
        options.AllowDuplicateProperties = false;
        // Not Default: that is a static of the generated half of this class, and Strict may be initialised before it.
        options.TypeInfoResolverChain.Insert(0, new ContractsJson());
        return options;
    }
}
