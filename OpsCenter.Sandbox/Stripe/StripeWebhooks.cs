using System.Text;
using System.Text.Json.Nodes;
using System.Threading.Channels;
using Microsoft.Extensions.Options;

namespace OpsCenter.Sandbox.Stripe;

/// <summary>Delivers the events of the played Stripe, signed as Stripe signs, and again while they are not taken.</summary>
internal sealed partial class StripeWebhooks : BackgroundService
{
    private const string WebhookPath = "/api/v1/webhooks/stripe";
    private const int MaxAttempts = 8;
    private static readonly TimeSpan Delay = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(500);

    private readonly Channel<Delivery> _queue = Channel.CreateUnbounded<Delivery>();
    private readonly StripeFaults _faults;
    private readonly StripeSandboxOptions _options;
    private readonly IHttpClientFactory _http;
    private readonly TimeProvider _time;
    private readonly ILogger<StripeWebhooks> _logger;
    private Delivery? _heldBack;

    public StripeWebhooks(
        StripeBook book, StripeFaults faults, IOptions<StripeSandboxOptions> options, IHttpClientFactory http, TimeProvider time, ILogger<StripeWebhooks> logger)
    {
        (_faults, _options, _http, _time, _logger) = (faults, options.Value, http, time, logger);
        book.EventHappened = Send;
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await foreach (var delivery in _queue.Reader.ReadAllAsync(stoppingToken))
            _ = DeliverAsync(delivery, stoppingToken);
    }

    private void Send(JsonObject happened, string shop)
    {
        var address = _options.WebhookUrl is { Length: > 0 } configured ? configured : shop.Length > 0 ? shop + WebhookPath : "";
        if (address.Length == 0 || _faults.Befalls(StripeFaults.WebhookNever))
            return;
        var delivery = new Delivery(happened.ToJsonString(), address, _faults.Befalls(StripeFaults.WebhookDelayed) ? Delay : TimeSpan.Zero);
        // The one held back goes out after the one that follows it.
        if (_heldBack is null && _faults.Befalls(StripeFaults.WebhookReordered))
        {
            _heldBack = delivery;
            return;
        }

        for (var copies = _faults.Befalls(StripeFaults.WebhookDuplicate) ? 6 : 1; copies > 0; copies--)
            _queue.Writer.TryWrite(delivery);
        if (_heldBack is { } late)
        {
            _heldBack = null;
            _queue.Writer.TryWrite(late);
        }
    }

    private async Task DeliverAsync(Delivery delivery, CancellationToken ct)
    {
        try
        {
            if (delivery.Delay > TimeSpan.Zero)
                await Task.Delay(delivery.Delay, _time, ct);
            for (var attempt = 1; attempt <= MaxAttempts; attempt++)
            {
                if (await TryAsync(delivery, ct))
                    return;
                await Task.Delay(FirstPause * (1 << attempt), _time, ct);
            }

            LogUndelivered(delivery.Address);
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            // The Sandbox closes; what it had not delivered is as if it had never come.
        }
    }

    private async Task<bool> TryAsync(Delivery delivery, CancellationToken ct)
    {
        var signature = global::Stripe.EventUtility.GenerateSignatureHeader(
            delivery.Payload, _options.WebhookSecret, _time.GetUtcNow().ToUnixTimeSeconds());
        using var request = new HttpRequestMessage(HttpMethod.Post, delivery.Address)
        {
            Content = new StringContent(delivery.Payload, Encoding.UTF8, "application/json"),
            Headers = { { "Stripe-Signature", signature } },
        };
        try
        {
            using var response = await _http.CreateClient(nameof(StripeWebhooks)).SendAsync(request, ct);
            return response.IsSuccessStatusCode;
        }
        catch (Exception fault) when (fault is HttpRequestException || (fault is OperationCanceledException && !ct.IsCancellationRequested))
        {
            return false;
        }
    }

    [LoggerMessage(1, LogLevel.Warning, "Nobody took a webhook at {Address}.")]
    private partial void LogUndelivered(string address);

    private sealed record Delivery(string Payload, string Address, TimeSpan Delay);
}

/// <summary>Whom the played Stripe tells, and how it signs.</summary>
internal sealed class StripeSandboxOptions
{
    public const string Section = "Sandbox:Stripe";

    /// <summary>Where webhooks go; unset, to the shop to which the session sends its buyer back.</summary>
    public string? WebhookUrl { get; set; }

    /// <summary>Credits expects this one of a Sandbox unless told otherwise.</summary>
    public string WebhookSecret { get; set; } = "whsec_opscenter_sandbox";
}
