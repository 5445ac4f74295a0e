namespace OpsCenter.Gateway.Upstreams;

/// <summary>Why a provider gave no usable answer.</summary>
internal enum FailureKind
{
    /// <summary>The provider refused our key.</summary>
    Unauthorized,

    /// <summary>The provider does not know the model.</summary>
    ModelMissing,

    /// <summary>The request itself is at fault; another provider would refuse it too.</summary>
    BadRequest,

    /// <summary>The prompt is too long for this model.</summary>
    ContextTooLong,

    RateLimited,

    Overloaded,

    ServerError,

    /// <summary>No connection: refused, unknown host, TLS.</summary>
    Unreachable,

    /// <summary>No first byte in time, or silence within an answer.</summary>
    Silent,

    /// <summary>The connection broke inside an answer.</summary>
    Cut,

    /// <summary>What came was not what the protocol says, or an error dressed as success.</summary>
    Garbage,

    /// <summary>A success without any content.</summary>
    Empty,
}

/// <param name="Kind">What happened.</param>
/// <param name="Status">The provider's status, or 0 when there was none.</param>
/// <param name="Message">The provider's words, shortened; never a credential.</param>
/// <param name="RetryAfter">When the provider said when to come back.</param>
internal sealed record UpstreamFailure(FailureKind Kind, int Status, string Message, TimeSpan? RetryAfter = null)
{
    /// <summary>Whether another candidate may do better. A request that is itself at fault is answered at once.</summary>
    public bool MovesOn => Kind is not FailureKind.BadRequest;

    /// <summary>How it appears in the trail: the status, or a word where there was none.</summary>
    public string Short => Status > 0 && Kind is not (FailureKind.Cut or FailureKind.Garbage or FailureKind.Empty or FailureKind.Silent)
        ? Status.ToString(System.Globalization.CultureInfo.InvariantCulture)
        : Kind.ToString().ToLowerInvariant();

    /// <summary>The status that stands for it in receipts and health: the provider's own, or the nearest.</summary>
    public int StatusOrNearest => Kind switch
    {
        FailureKind.Silent => StatusCodes.Status504GatewayTimeout,
        FailureKind.Cut or FailureKind.Garbage or FailureKind.Empty => StatusCodes.Status502BadGateway,
        _ when Status > 0 => Status,
        _ => StatusCodes.Status503ServiceUnavailable,
    };
}
