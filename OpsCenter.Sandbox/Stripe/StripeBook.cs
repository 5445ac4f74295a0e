using System.Text.Json.Nodes;

namespace OpsCenter.Sandbox.Stripe;

/// <summary>What the played Stripe remembers. Everything it does is done under one lock, and each change leaves an event behind.</summary>
internal sealed class StripeBook(TimeProvider time)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, JsonObject> _objects = [];
    private readonly List<string> _order = [];
    private readonly Dictionary<string, Replay> _replays = [];
    private int _lastId;

    /// <summary>Called with each event, in the order in which things happened, and the origin of the shop it concerns.</summary>
    public Action<JsonObject, string>? EventHappened { get; set; }

    public JsonObject? Get(string id)
    {
        lock (_lock)
            return _objects.GetValueOrDefault(id)?.DeepClone().AsObject();
    }

    /// <summary>Newest first, as Stripe lists.</summary>
    public IReadOnlyList<JsonObject> List(string kind, Func<JsonObject, bool> isAsked)
    {
        lock (_lock)
        {
            return [.. Enumerable.Reverse(_order)
                .Select(id => _objects[id])
                .Where(item => Text(item, "object") == kind && isAsked(item))
                .Select(item => item.DeepClone().AsObject())];
        }
    }

    public JsonObject OpenSession(StripeForm form, string payUrl)
    {
        lock (_lock)
        {
            var now = Now;
            var cents = form.Number("line_items[0][price_data][unit_amount]") * form.Number("line_items[0][quantity]");
            var session = New("cs_test_", "checkout.session", new JsonObject
            {
                ["amount_subtotal"] = cents,
                ["amount_total"] = cents,
                ["currency"] = form["line_items[0][price_data][currency]"],
                ["client_reference_id"] = form.Find("client_reference_id"),
                ["metadata"] = form.Map("metadata"),
                ["mode"] = "payment",
                ["status"] = "open",
                ["payment_status"] = "unpaid",
                ["payment_intent"] = null,
                ["success_url"] = form["success_url"],
                ["cancel_url"] = form.Find("cancel_url"),
                ["expires_at"] = form.Find("expires_at") is null ? now + 86_400 : form.Number("expires_at"),
                ["payment_intent_metadata"] = form.Map("payment_intent_data[metadata]"),
                ["product"] = form["line_items[0][price_data][product_data][name]"],
            });
            session["url"] = payUrl + Text(session, "id");
            return session.DeepClone().AsObject();
        }
    }

    /// <summary>The buyer pays: at once, or with a method whose money comes later or not at all.</summary>
    public bool Pay(string sessionId, bool asynchronous)
    {
        lock (_lock)
        {
            if (OpenSession(sessionId) is not { } session)
                return false;
            var intent = New("pi_", "payment_intent", new JsonObject
            {
                ["amount"] = session["amount_total"]!.DeepClone(),
                ["amount_received"] = 0,
                ["currency"] = session["currency"]!.DeepClone(),
                ["metadata"] = session["payment_intent_metadata"]!.DeepClone(),
                ["status"] = "processing",
                ["latest_charge"] = null,
            });
            session["payment_intent"] = Text(intent, "id");
            session["status"] = "complete";
            if (!asynchronous)
            {
                session["payment_status"] = "paid";
                Charge(session, intent);
            }

            Happen("checkout.session.completed", session);
            return true;
        }
    }

    /// <summary>The money of an asynchronous payment arrives, or it turns out that it never will.</summary>
    public bool Arrive(string sessionId, bool arrives)
    {
        lock (_lock)
        {
            if (_objects.GetValueOrDefault(sessionId) is not { } session
                || Text(session, "status") != "complete"
                || Text(session, "payment_status") != "unpaid"
                || Text(session, "payment_intent") is not { } payment
                || Text(_objects[payment], "status") != "processing")
            {
                return false;
            }

            var intent = _objects[payment];
            if (arrives)
            {
                session["payment_status"] = "paid";
                Charge(session, intent);
            }
            else
            {
                intent["status"] = "requires_payment_method";
                Happen("payment_intent.payment_failed", intent);
            }

            Happen(arrives ? "checkout.session.async_payment_succeeded" : "checkout.session.async_payment_failed", session);
            return true;
        }
    }

    public bool Expire(string sessionId)
    {
        lock (_lock)
        {
            if (OpenSession(sessionId) is not { } session)
                return false;
            session["status"] = "expired";
            Happen("checkout.session.expired", session);
            return true;
        }
    }

    /// <summary>As if Stripe, or somebody in its dashboard, had made the session another one than was asked for.</summary>
    public void Alter(string sessionId, string member, JsonNode value)
    {
        lock (_lock)
            _objects[sessionId][member] = value;
    }

    /// <summary>Null when there is nothing (left) to give back.</summary>
    public JsonObject? Refund(string paymentIntentId, long? cents)
    {
        lock (_lock)
        {
            if (ChargeOf(paymentIntentId) is not { } charge)
                return null;
            var left = Number(charge, "amount") - Number(charge, "amount_refunded");
            var amount = cents ?? left;
            if (amount < 1 || amount > left)
                return null;
            var refund = New("re_", "refund", new JsonObject
            {
                ["amount"] = amount,
                ["currency"] = charge["currency"]!.DeepClone(),
                ["charge"] = Text(charge, "id"),
                ["payment_intent"] = paymentIntentId,
                ["metadata"] = new JsonObject(),
                ["status"] = "succeeded",
            });
            charge["amount_refunded"] = Number(charge, "amount_refunded") + amount;
            charge["refunded"] = Number(charge, "amount_refunded") == Number(charge, "amount");
            Happen("refund.created", refund);
            Happen("charge.refunded", charge);
            return refund.DeepClone().AsObject();
        }
    }

    /// <summary>The bank sends a refund back.</summary>
    public bool FailRefund(string refundId)
    {
        lock (_lock)
        {
            if (_objects.GetValueOrDefault(refundId) is not { } refund || Text(refund, "status") != "succeeded")
                return false;
            refund["status"] = "failed";
            var charge = _objects[Text(refund, "charge")!];
            charge["amount_refunded"] = Number(charge, "amount_refunded") - Number(refund, "amount");
            charge["refunded"] = false;
            Happen("refund.failed", refund);
            return true;
        }
    }

    /// <summary>The cardholder's bank takes the money back until the matter is decided.</summary>
    public JsonObject? Dispute(string paymentIntentId)
    {
        lock (_lock)
        {
            if (ChargeOf(paymentIntentId) is not { } charge)
                return null;
            var dispute = New("du_", "dispute", new JsonObject
            {
                ["amount"] = charge["amount"]!.DeepClone(),
                ["currency"] = charge["currency"]!.DeepClone(),
                ["charge"] = Text(charge, "id"),
                ["payment_intent"] = paymentIntentId,
                ["metadata"] = new JsonObject(),
                ["reason"] = "fraudulent",
                ["status"] = "needs_response",
                ["balance_transactions"] = new JsonArray(Transaction(-Number(charge, "amount"), charge)),
            });
            Happen("charge.dispute.created", dispute);
            Happen("charge.dispute.funds_withdrawn", dispute);
            return dispute.DeepClone().AsObject();
        }
    }

    public bool Decide(string disputeId, bool won)
    {
        lock (_lock)
        {
            if (_objects.GetValueOrDefault(disputeId) is not { } dispute || Text(dispute, "status") is not "needs_response")
                return false;
            dispute["status"] = won ? "won" : "lost";
            if (won)
            {
                dispute["balance_transactions"]!.AsArray().Add(Transaction(Number(dispute, "amount"), dispute));
                Happen("charge.dispute.funds_reinstated", dispute);
            }

            Happen("charge.dispute.closed", dispute);
            return true;
        }
    }

    /// <summary>
    /// What was answered to the same idempotency key before. The first call of a key gets nothing and is expected to
    /// <see cref="Answer"/>; one that comes while it is under way, or with other parameters, is told so.
    /// </summary>
    public (Replay? Before, bool InUse, bool Differs) Begin(string key, string request)
    {
        lock (_lock)
        {
            if (!_replays.TryGetValue(key, out var before))
            {
                _replays.Add(key, new Replay(request, null, null));
                return default;
            }

            if (before.Request != request)
                return (null, false, true);
            return before.Status is null ? (null, true, false) : (before, false, false);
        }
    }

    public void Answer(string key, int status, string body)
    {
        lock (_lock)
            _replays[key] = _replays[key] with { Status = status, Body = body };
    }

    public static string? Text(JsonObject item, string member) => item[member]?.GetValue<string>();

    public static long Number(JsonObject item, string member) => item[member]!.GetValue<long>();

    private long Now => time.GetUtcNow().ToUnixTimeSeconds();

    private JsonObject? OpenSession(string id) =>
        _objects.GetValueOrDefault(id) is { } session && Text(session, "status") == "open" ? session : null;

    private JsonObject? ChargeOf(string paymentIntentId) =>
        _objects.GetValueOrDefault(paymentIntentId) is { } intent && Text(intent, "latest_charge") is { } id ? _objects[id] : null;

    private void Charge(JsonObject session, JsonObject intent)
    {
        var charge = New("ch_", "charge", new JsonObject
        {
            ["amount"] = intent["amount"]!.DeepClone(),
            ["amount_refunded"] = 0L,
            ["currency"] = intent["currency"]!.DeepClone(),
            ["metadata"] = intent["metadata"]!.DeepClone(),
            ["payment_intent"] = Text(intent, "id"),
            ["paid"] = true,
            ["refunded"] = false,
            ["status"] = "succeeded",
        });
        charge["receipt_url"] = Text(session, "url")!.Replace("/pay/", "/receipt/", StringComparison.Ordinal);
        intent["status"] = "succeeded";
        intent["amount_received"] = intent["amount"]!.DeepClone();
        intent["latest_charge"] = Text(charge, "id");
        Happen("payment_intent.succeeded", intent);
    }

    private static JsonObject Transaction(long cents, JsonObject of) => new()
    {
        ["id"] = $"txn_{Text(of, "id")}_{(cents < 0 ? "out" : "in")}",
        ["object"] = "balance_transaction",
        ["amount"] = cents,
        ["currency"] = of["currency"]!.DeepClone(),
    };

    private JsonObject New(string prefix, string kind, JsonObject item)
    {
        var id = $"{prefix}{++_lastId:D4}{Guid.CreateVersion7():N}";
        item["id"] = id;
        item["object"] = kind;
        item["created"] = Now;
        item["livemode"] = false;
        _objects.Add(id, item);
        _order.Add(id);
        return item;
    }

    private void Happen(string type, JsonObject item)
    {
        var happened = New("evt_", "event", new JsonObject
        {
            ["type"] = type,
            ["api_version"] = global::Stripe.StripeConfiguration.ApiVersion,
            ["data"] = new JsonObject { ["object"] = item.DeepClone() },
            ["pending_webhooks"] = 1,
            ["request"] = null,
        });
        EventHappened?.Invoke(happened.DeepClone().AsObject(), ShopOf(item));
    }

    /// <summary>Who is told: the origin to which the session sends its buyer back.</summary>
    private string ShopOf(JsonObject item)
    {
        var session = Text(item, "object") == "checkout.session"
            ? item
            : _objects.Values.FirstOrDefault(other =>
                Text(other, "object") == "checkout.session"
                && Text(other, "payment_intent") == (Text(item, "object") == "payment_intent" ? Text(item, "id") : Text(item, "payment_intent")));
        return session is null ? "" : new Uri(Text(session, "success_url")!).GetLeftPart(UriPartial.Authority);
    }
}

internal sealed record Replay(string Request, int? Status, string? Body);
