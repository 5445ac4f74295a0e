using System.Buffers;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Options;
using OpsCenter.Contracts;
using OpsCenter.Gateway.Accounts;
using OpsCenter.Gateway.Plans;
using OpsCenter.Gateway.Routes;
using OpsCenter.Gateway.Upstreams;
using OpsCenter.Routing.Analysis;
using OpsCenter.Routing.Planning;

namespace OpsCenter.Gateway.Chat;

/// <summary>
/// One chat request from arrival to payment: read it, plan a route, hold the most it can cost, ask the candidates in turn,
/// pass the answer on as it comes, and leave what is owed with the settlements.
/// </summary>
internal sealed class ChatCompletions(
    CatalogFeed catalog,
    UpstreamDirectory upstreams,
    UpstreamSender sender,
    ICredits credits,
    PlanFeed plans,
    LeaseKeeper leases,
    SettlementQueue settlements,
    OutcomeReporter outcomes,
    IOptions<ChatOptions> options,
    IOptions<UpstreamOptions> upstreamOptions,
    TimeProvider time)
{
    private const int ClientClosedRequest = 499;

    /// <summary>Time for the last frame to leave before the connection is broken, so that the caller sees both.</summary>
    private static readonly TimeSpan LastFrame = TimeSpan.FromMilliseconds(50);

    private readonly ChatOptions _options = options.Value;
    private readonly TimeSpan _silence = TimeSpan.FromSeconds(upstreamOptions.Value.SilenceSeconds);

    public async Task HandleAsync(HttpContext http, IFace face)
    {
        ChatRun.Identify(http, time);
        var (body, unreadable) = await ChatBody.ReadAsync(http.Request, _options.MaxBodyMiB * 1024 * 1024, http.RequestAborted);
        if (body is null)
        {
            await unreadable!.WriteAsync(http);
            return;
        }

        using (body)
        {
            if (await plans.OfAsync(Caller.Of(http).Tier, http.RequestAborted) is not { } terms)
            {
                await OpenAiError.BillingUnavailable.WriteAsync(http);
                return;
            }

            if (!TryPlan(http, face, body, terms, out var run, out var refusal))
            {
                await refusal.WriteAsync(http);
                return;
            }

            if (await HoldAsync(run) is { } refused)
            {
                await refused.WriteAsync(http);
                return;
            }

            await AnswerAsync(run);
        }
    }

    /// <summary>Reads what the caller asks for and orders the candidates.</summary>
    private bool TryPlan(
        HttpContext http,
        IFace face,
        ChatBody body,
        PlanTerms terms,
        [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out ChatRun? run,
        [System.Diagnostics.CodeAnalysis.NotNullWhen(false)] out OpenAiError? refusal)
    {
        run = null;
        refusal = null;
        if (!catalog.IsLoaded)
        {
            refusal = OpenAiError.StartingUp;
            return false;
        }

        var current = catalog.Current;
        RouteQuery query;
        ChatRequest request;
        try
        {
            request = face.Read(http.Request, body.Json);
            query = RouteQueries.Of(
                request.Facts, http.Request.Headers["X-Power-Level"], Caller.Of(http).Tier,
                request.NativeOnly is null ? upstreams.Ready : upstreams.Speaking(request.Native!.Wire),
                request.LimitIsCeiling);
        }
        catch (ChatRequestException fault)
        {
            refusal = OpenAiError.Invalid(fault.Message, fault.Param, fault.Code);
            return false;
        }

        var plan = RoutePlanner.Plan(query, current, time.GetUtcNow());
        IReadOnlyList<Offer> chain = [.. plan.Chain.Where(offer => terms.Includes(offer.Id))];
        refusal = plan.Refusal switch
        {
            null => chain is [] ? OpenAiError.NotInPlan(terms.Tier) : null,
            { Code: RefusalCodes.NoProviderAvailable } when request.NativeOnly is { } why => OpenAiError.Invalid(why, "model"),
            var reason => RouteQueries.Error(reason, query.Model, current),
        };
        run = new ChatRun(http, Caller.Of(http), face, request, time)
        {
            Plan = plan,
            Chain = chain,
            Terms = terms,
            PriceVersion = current.Snapshot.Version,
        };
        return refusal is null;
    }

    /// <summary>Holds the worst price on the chain before anything is sent. Null: go on.</summary>
    private async Task<OpenAiError?> HoldAsync(ChatRun run)
    {
        var limit = run.Facts.MaxOutputTokens;
        var most = NanoUsd.Zero;
        var step = NanoUsd.Zero;
        var markup = run.Terms.MarkupBasisPoints;
        foreach (var offer in run.Chain)
        {
            var output = (long)Math.Min(limit ?? _options.HoldStepTokens, offer.MaxOutput) * run.Facts.Choices;
            most = NanoUsd.Max(most, offer.Prices.Cost(new TokenCounts(run.Facts.EstimatedInputTokens, output), markup));
            if (limit is null)
                step = NanoUsd.Max(step, offer.Prices.Cost(new TokenCounts(0, _options.HoldStepTokens), markup));
        }

        if (most == NanoUsd.Zero)
            return null;

        LedgerReply reply;
        try
        {
            reply = await credits.ApplyAsync(
                new Reserve(
                    run.Id.Value, run.Caller.AccountId, run.Caller.KeyId, most, LeaseKeeper.LeaseSeconds, run.Caller.UserId, run.Terms.Tier),
                run.Http.RequestAborted);
        }
        catch (CreditsUnavailableException)
        {
            return OpenAiError.BillingUnavailable;
        }

        if (reply.Status is not LedgerStatus.Ok)
        {
            return reply.Status switch
            {
                LedgerStatus.InsufficientCredits or LedgerStatus.UnknownAccount => OpenAiError.InsufficientCredits(most, reply.Available),
                LedgerStatus.BudgetExceeded => OpenAiError.BudgetExceeded(reply.Detail, most),
                LedgerStatus.Frozen => OpenAiError.AccountFrozen,
                _ => OpenAiError.BillingUnavailable,
            };
        }

        run.Held = most;
        run.CreditsRemaining = reply.Available;
        run.Hold = new CreditHold(run.Id.Value, run.Caller.AccountId, most, step, leases);
        leases.Watch(run.Hold);
        return null;
    }

    /// <summary>Whatever happens from here on, the request is settled exactly once.</summary>
    private async Task AnswerAsync(ChatRun run)
    {
        try
        {
            await using var answer = await OpenAsync(run);
            if (answer is null)
                await FailAsync(run);
            else if (answer.Pump is null)
                await SendWholeAsync(run, answer);
            else
                await RelayAsync(run, answer);
        }
        catch (OperationCanceledException) when (run.Http.RequestAborted.IsCancellationRequested)
        {
            // They hung up before anything came. Nothing was delivered, so nothing is charged.
            await SettleAsync(run, null, NanoUsd.Zero, TokenCounts.None, UsageSource.Estimated, ClientClosedRequest);
        }
        finally
        {
            if (run.Hold is { } hold)
                leases.Forget(hold);
        }
    }

    /// <summary>Waits for the first usable answer. A caller who streams gets a comment every quarter minute meanwhile, or proxies give up.</summary>
    private async Task<UpstreamAnswer?> OpenAsync(ChatRun run)
    {
        var opening = sender.OpenAsync(run.Chain, run.Request, run.Trail, run.Http.RequestAborted);
        while (run.Facts.Stream && !opening.IsCompleted)
        {
            try
            {
                return await opening.WaitAsync(UpstreamSender.Tick, time, CancellationToken.None);
            }
            catch (TimeoutException)
            {
                BeginStream(run);
                await KeepAliveAsync(run);
            }
        }

        return await opening;
    }

    private async Task SendWholeAsync(ChatRun run, UpstreamAnswer answer)
    {
        run.NoteFirstToken();
        var whole = answer.Whole;
        var receipt = Price(run, answer, whole.Usage, whole.ContentBytes);
        await SettleAsync(run, answer, receipt.Cost, receipt.Tokens, receipt.Source, StatusCodes.Status200OK);

        var json = run.Face.WriteAnswer(receipt, whole);
        var response = run.Http.Response;
        Receipt.WriteHeaders(run, answer);
        response.Headers["X-Cost-Incurred"] = receipt.Cost.ToString();
        response.ContentType = "application/json";
        response.ContentLength = json.Length;
        await response.BodyWriter.WriteAsync(json, run.Http.RequestAborted);
    }

    private async Task RelayAsync(ChatRun run, UpstreamAnswer answer)
    {
        var state = answer.State!;
        var ct = run.Http.RequestAborted;
        var output = run.Http.Response.BodyWriter;
        if (!run.Http.Response.HasStarted)
            Receipt.WriteHeaders(run, answer);
        BeginStream(run);
        run.NoteFirstToken();
        run.Stream.Begin(answer);
        run.Stream.Events.Write(answer.First.Span);
        run.Stream.Pass();
        OpenAiError? broken = null;
        try
        {
            var ended = answer.EndedAtOnce;
            var quiet = TimeSpan.Zero;
            while (true)
            {
                if ((await output.FlushAsync(ct)).IsCompleted || ct.IsCancellationRequested)
                    throw new OperationCanceledException(ct);
                if (ended)
                    break;

                var step = await answer.Pump!.NextAsync(run.Stream.Events, ct);
                run.Stream.Pass();
                ended = step is PumpStep.End;
                quiet = step is PumpStep.Tick ? quiet + UpstreamSender.Tick : TimeSpan.Zero;
                if (step is PumpStep.Tick)
                    run.Stream.KeepAlive();
                if (quiet >= _silence)
                {
                    state.Failure = new UpstreamFailure(FailureKind.Silent, 200, "The provider fell silent in the middle of its answer.");
                    break;
                }

                if (run.Hold is { } hold && !await hold.ObserveAsync(Cost(run, answer, Count(run, state.ContentBytes)), ct))
                {
                    broken = OpenAiError.InsufficientCredits(run.Held, NanoUsd.Zero);
                    break;
                }
            }
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            // They hung up: closing the answer stops the provider, and what it had produced is owed.
            await answer.DisposeAsync();
            var partial = Price(run, answer, state.Usage, state.ContentBytes);
            await SettleAsync(run, answer, partial.Cost, partial.Tokens, partial.Source, ClientClosedRequest);
            return;
        }

        var failure = broken is null ? state.Failure : null;
        var receipt = Price(run, answer, failure is null && broken is null ? state.Usage : null, state.ContentBytes);
        var cost = failure is null || _options.ChargePartial ? receipt.Cost : NanoUsd.Zero;
        await SettleAsync(
            run, answer, cost, receipt.Tokens, receipt.Source,
            failure?.StatusOrNearest ?? broken?.Status ?? StatusCodes.Status200OK, failure);

        if (failure is not null || broken is not null)
        {
            await BreakAsync(run, broken ?? Failures.InStream(failure!, answer));
            return;
        }

        run.Stream.End(receipt);
        await output.FlushAsync(ct);
    }

    /// <summary>No candidate answered.</summary>
    private async Task FailAsync(ChatRun run)
    {
        var error = Failures.Of(run.Trail.Attempts);
        await SettleAsync(run, null, NanoUsd.Zero, TokenCounts.None, UsageSource.Estimated, error.Status);
        if (run.Http.Response.HasStarted)
        {
            await BreakAsync(run, error);
            return;
        }

        run.Http.Response.Headers["X-Route-Attempts"] = run.Trail.Attempts.Count.ToString(System.Globalization.CultureInfo.InvariantCulture);
        run.Http.Response.Headers["X-Route-Trail"] = run.Trail.ToString();
        await error.WriteAsync(run.Http);
    }

    /// <summary>The provider's count when there is one to believe, else ours.</summary>
    private static Receipt Price(ChatRun run, UpstreamAnswer answer, TokenCounts? reported, long contentBytes)
    {
        var believed = reported is { } usage && TokenEstimate.IsBelievable(usage, answer.Offer, run.Facts.IsEmbedding ? run.Facts.MessageCount : 1);
        var tokens = believed ? reported!.Value : Count(run, contentBytes);
        return new Receipt(
            run, answer.Offer, answer.Upstream, tokens,
            believed ? UsageSource.Provider : UsageSource.Estimated,
            Cost(run, answer, tokens));
    }

    private static TokenCounts Count(ChatRun run, long contentBytes) =>
        new(run.Facts.EstimatedInputTokens, TokenEstimate.OfContent(contentBytes));

    private static NanoUsd Cost(ChatRun run, UpstreamAnswer answer, TokenCounts tokens) =>
        answer.Offer.Prices.Cost(tokens, run.Terms.MarkupBasisPoints);

    private ValueTask SettleAsync(
        ChatRun run, UpstreamAnswer? answer, NanoUsd cost, TokenCounts tokens, UsageSource source, int status, UpstreamFailure? failure = null)
    {
        foreach (var attempt in run.Trail.Attempts)
        {
            var served = attempt.Failure is null;
            outcomes.Report(
                served ? attempt with { Failure = failure } : attempt,
                served ? run.FirstTokenMs : null,
                served ? run.Elapsed : attempt.Elapsed,
                served ? tokens.Output : 0);
        }

        var last = run.Trail.Attempts.Count > 0 ? run.Trail.Attempts[^1] : null;
        return settlements.EnqueueAsync(new Settle(
            run.Id.Value,
            run.Caller.AccountId,
            cost,
            new Usage(
                run.Caller.KeyId,
                answer?.Upstream.Label ?? last?.Label ?? "none",
                answer?.Offer.Model ?? last?.Offer.Model ?? run.Facts.Model ?? "auto",
                run.Plan.Level.Word(),
                run.Plan.Task.Task.Word(),
                tokens,
                source,
                status,
                run.Facts.Stream,
                Byok: false,
                run.FirstTokenMs,
                (int)run.Elapsed.TotalMilliseconds,
                run.Trail.Attempts.Count,
                run.PriceVersion,
                run.Caller.UserId)));
    }

    private static void BeginStream(ChatRun run)
    {
        var response = run.Http.Response;
        if (response.HasStarted)
            return;
        response.ContentType = "text/event-stream";
        response.Headers.CacheControl = "no-store";
        response.Headers["X-Accel-Buffering"] = "no";
        if (run.Held > NanoUsd.Zero)
            response.Headers["X-Cost-Estimated"] = run.Held.ToString();
        run.Http.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();
    }

    private static async Task KeepAliveAsync(ChatRun run)
    {
        run.Stream.KeepAlive();
        await run.Http.Response.BodyWriter.FlushAsync(run.Http.RequestAborted);
    }

    /// <summary>
    /// An answer that broke must not look finished: the error goes out as a last frame, and then the connection is cut without
    /// the end that HTTP would give it, so that every client reports it. Where the dialect has a last event that every client reports, that is enough.
    /// </summary>
    private async Task BreakAsync(ChatRun run, OpenAiError error)
    {
        var cuts = run.Stream.Break(error);
        await run.Http.Response.BodyWriter.FlushAsync(CancellationToken.None);
        if (!cuts)
            return;
        await Task.Delay(LastFrame, time, CancellationToken.None);
        run.Http.Abort();
    }
}
