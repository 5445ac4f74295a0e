using Microsoft.Extensions.Configuration;
using OpsCenter.AppHost;
using OpsCenter.Contracts;

const string FrontendFolder = "../OpsCenter.Frontend";

var builder = DistributedApplication.CreateBuilder(args);
var run = builder.ExecutionContext.IsRunMode;

// Published, a database is somebody's managed Postgres and its connection string is asked for: a container without a
// lasting disk would start just as well, and lose the ledger.
var postgres = run ? builder.AddPostgres(ResourceNames.Postgres).WithImageTag("17").WithDataVolume() : null;
var gatewayDb = Database(ResourceNames.GatewayDb);
var routerDb = Database(ResourceNames.RouterDb);
var creditsDb = Database(ResourceNames.CreditsDb);

// Answers that can be asked for again, and nothing else: no volume, and nobody waits for it.
var cache = builder.AddRedis(ResourceNames.Cache).WithIconName("TopSpeed");

var serviceToken = Secret("service-token", "What Gateway, Router and Credits show each other.");
var keyPepper = Secret("key-pepper", "Goes into the hash of every API key. When it is lost, all keys have to be issued again.");
var byokKek = Secret("byok-kek", "Encrypts the provider keys that customers bring. Keep a copy: nothing else opens them.");

var router = builder.AddProject<Projects.OpsCenter_Router>(ResourceNames.Router)
    .WithReference(routerDb).WaitFor(routerDb)
    .WithEnvironment("OpsCenter__ServiceToken", serviceToken)
    .WithHttpHealthCheck("/health")
    .WithUrlForEndpoint("http", url => url.DisplayLocation = UrlDisplayLocation.DetailsOnly)
    .WithIconName("BranchFork");

var credits = builder.AddProject<Projects.OpsCenter_Credits>(ResourceNames.Credits)
    .WithReference(creditsDb).WaitFor(creditsDb)
    .WithEnvironment("OpsCenter__ServiceToken", serviceToken)
    .WithHttpHealthCheck("/health")
    .WithUrlForEndpoint("http", url => url.DisplayLocation = UrlDisplayLocation.DetailsOnly)
    .WithIconName("Wallet");

var gateway = builder.AddProject<Projects.OpsCenter_Gateway>(ResourceNames.Gateway)
    .WithReference(gatewayDb).WaitFor(gatewayDb)
    .WithReference(router).WaitFor(router)
    .WithReference(credits).WaitFor(credits)
    .WithReference(cache)
    .WithEnvironment("OpsCenter__ServiceToken", serviceToken)
    .WithEnvironment("OpsCenter__Keys__Pepper", keyPepper)
    .WithEnvironment("OpsCenter__Byok__Kek", byokKek)
    .WithReplicas(builder.Configuration.GetValue("OpsCenter:GatewayReplicas", 1))
    .WithExternalHttpEndpoints()
    .WithHttpHealthCheck("/health")
    .WithUrlForEndpoint("http", url => url.DisplayText = "API")
    .WithIconName("DoorArrowRight");

if (run)
{
    var sandbox = builder.AddProject<Projects.OpsCenter_Sandbox>(ResourceNames.Sandbox)
        .WithEnvironment("OpsCenter__ServiceToken", serviceToken)
        .WithHttpHealthCheck("/health")
        .WithUrlForEndpoint("http", url => url.DisplayText = "The outside world, played")
        .WithIconName("Beaker");

    // It plays Stripe for Credits as it plays the providers for the Gateway.
    credits.WithEnvironment("Upstreams__SandboxUrl", sandbox.GetEndpoint("http"));

    gateway
        .WithEnvironment("Upstreams__SandboxUrl", sandbox.GetEndpoint("http")).WaitFor(sandbox)
        .WithProviderKeys()
        // Prompts and answers in the dashboard's traces: a developer's own, so never where others are served.
        .WithEnvironment("OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT", "true");

    var packages = builder.AddExecutable($"{ResourceNames.Frontend}-packages", "npm", FrontendFolder, "install")
        .WithIconName("ArrowDownload");

    builder.AddExecutable(ResourceNames.Frontend, "npm", FrontendFolder, "run", "dev")
        .WithHttpEndpoint(env: "PORT")
        .WithEnvironment("GATEWAY_URL", gateway.GetEndpoint("http"))
        .WaitForCompletion(packages).WaitFor(gateway)
        .WithUrlForEndpoint("http", url => url.DisplayText = "Console")
        .WithIconName("WindowApps");
}
else
{
    builder.AddDockerfile(ResourceNames.Frontend, FrontendFolder)
        .WithHttpEndpoint(targetPort: 8080, env: "PORT")
        .WithReference(gateway).WaitFor(gateway)
        .WithExternalHttpEndpoints();
}

builder.Build().Run();

IResourceBuilder<IResourceWithConnectionString> Database(string name) =>
    postgres is null ? builder.AddConnectionString(name) : postgres.AddDatabase(name);

IResourceBuilder<ParameterResource> Secret(string name, string description) =>
    builder
        .AddParameter(name, new GenerateParameterDefault { MinLength = 64, Special = false }, secret: true, persist: true)
        .WithDescription(description);
