namespace OpsCenter.Sandbox.Stripe;

/// <summary>What can go wrong at the played Stripe: at its doors, and on the way of its webhooks.</summary>
internal sealed class StripeFaults
{
    public const string ErrorBefore = "500-before-commit";
    public const string ErrorAfter = "500-after-commit";
    public const string RateLimit = "429";
    public const string Hang = "hang";
    public const string WebhookNever = "webhook-never";
    public const string WebhookDuplicate = "webhook-duplicate";
    public const string WebhookReordered = "webhook-reordered";
    public const string WebhookDelayed = "webhook-delayed";

    public static readonly IReadOnlyList<string> Names =
        [RateLimit, ErrorAfter, ErrorBefore, Hang, WebhookDelayed, WebhookDuplicate, WebhookNever, WebhookReordered];

    private readonly Lock _lock = new();
    private readonly List<(string Kind, int? Left)> _active = [];

    public void Add(string kind, int? times)
    {
        lock (_lock)
            _active.Add((kind, times));
    }

    /// <summary>Whether it befalls this call, which then counts.</summary>
    public bool Befalls(string kind)
    {
        lock (_lock)
        {
            var at = _active.FindIndex(fault => fault.Kind == kind);
            if (at < 0)
                return false;
            if (_active[at].Left is { } left)
            {
                if (left <= 1)
                    _active.RemoveAt(at);
                else
                    _active[at] = (kind, left - 1);
            }

            return true;
        }
    }

    public void Clear()
    {
        lock (_lock)
            _active.Clear();
    }
}
