using OpsCenter.Contracts;
using OpsCenter.Gateway.Accounts;
using OpsCenter.Gateway.Upstreams;
using OpsCenter.Routing.Analysis;
using OpsCenter.Routing.Planning;
using OpsCenter.ServiceDefaults;

namespace OpsCenter.Gateway.Chat;

/// <summary>One chat request between arrival and payment: what is known so far.</summary>
internal sealed class ChatRun(HttpContext http, Caller caller, IFace face, ChatRequest request, TimeProvider time)
{
    private readonly long _arrived = time.GetTimestamp();
    private long _firstToken;
    private IFaceStream? _stream;

    public HttpContext Http { get; } = http;

    public Caller Caller { get; } = caller;

    public RequestId Id { get; } = Identify(http, time);

    public IFace Face { get; } = face;

    public ChatRequest Request { get; } = request;

    public ChatFacts Facts => Request.Facts;

    /// <summary>Of an answer that is streamed; opened when it is first written to.</summary>
    public IFaceStream Stream => _stream ??= Face.OpenStream(this, Http.Response.BodyWriter);

    public required RoutePlan Plan { get; init; }

    /// <summary>The candidates that the caller's plan includes, best first.</summary>
    public required IReadOnlyList<Offer> Chain { get; init; }

    /// <summary>What the caller's plan said when the request came; an edit is for later ones.</summary>
    public required PlanTerms Terms { get; init; }

    /// <summary>Of the catalogue that the plan was made by.</summary>
    public required long PriceVersion { get; init; }

    public AttemptTrail Trail { get; } = new();

    /// <summary>Null when nothing can cost anything.</summary>
    public CreditHold? Hold { get; set; }

    public NanoUsd Held { get; set; }

    public NanoUsd? CreditsRemaining { get; set; }

    public TimeSpan Elapsed => time.GetElapsedTime(_arrived);

    public int? FirstTokenMs => _firstToken == 0 ? null : (int)time.GetElapsedTime(_arrived, _firstToken).TotalMilliseconds;

    public void NoteFirstToken() => _firstToken = _firstToken == 0 ? time.GetTimestamp() : _firstToken;

    /// <summary>Gives the request its id, once, where headers, problems and logs find it.</summary>
    public static RequestId Identify(HttpContext http, TimeProvider time)
    {
        if (http.Items[Problems.RequestIdItem] is string known && RequestId.TryParse(known, out var id))
            return id;
        id = RequestId.New(time);
        var text = id.ToString();
        http.Items[Problems.RequestIdItem] = text;
        http.Response.Headers["X-Request-Id"] = text;
        return id;
    }
}
