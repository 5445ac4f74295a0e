using System.Buffers;
using System.Text.Json;
using Microsoft.Extensions.Options;
using OpsCenter.Sandbox.Wire;

namespace OpsCenter.Sandbox;

/// <summary>One chat at a played provider, from the door to the last byte: it owns time, the connection and its faults.</summary>
internal sealed class Chat(Reception reception, PromptCache cache, IOptions<SandboxOptions> options, TimeProvider time)
{
    private const int BatchedBytes = 4096;
    private const int MostChoices = 16;
    private const long HugeTokens = 1_000_000_000_000;
    private const int MiB = 1024 * 1024;
    private static readonly TimeSpan Delivery = TimeSpan.FromMilliseconds(50);

    public async Task AnswerAsync(Visit visit)
    {
        using var body = await Reception.OpenAsync(visit);
        if (body is null || await Reception.ReadAsync(visit, body, visit.Wire.Read) is not { } prompt)
            return;
        visit.Call.Streamed = prompt.Streams;
        var promptTokens = prompt.Tokens;
        var (isAdmitted, fault) = await reception.AdmitAsync(visit, prompt.Model, prompt.Question, promptTokens);
        if (!isAdmitted)
            return;
        if (promptTokens > visit.Provider.ContextLength)
        {
            await Reception.RefuseAsync(visit, Refusal.Of(visit.Provider, Trouble.ContextLength, prompt.Model, promptTokens));
            return;
        }

        visit.Call.PromptTokens = promptTokens;
        var turn = Compose(visit, prompt, promptTokens, fault);
        var pace = new Pace(
            time,
            fault?.Kind is FaultKind.Slow ? fault.Number ?? 1 : options.Value.TokensPerSecond,
            TimeSpan.FromMilliseconds(options.Value.FirstTokenMs));

        Reception.WriteHeaders(visit);
        if (prompt.Streams)
            await StreamAsync(visit, turn, fault, pace);
        else
            await SendWholeAsync(visit, turn, fault, pace);
    }

    private Turn Compose(Visit visit, Prompt prompt, int promptTokens, Fault? fault)
    {
        var answers = new Answer[Math.Clamp(prompt.Choices, 1, MostChoices)];
        for (var choice = 0; choice < answers.Length; choice++)
        {
            answers[choice] = fault?.Kind is FaultKind.EmptyAnswer
                ? new Answer([], Finish.Stop)
                : Answers.Compose(visit.Provider.Name, prompt, visit.Id, choice);
        }

        var (read, written) = cache.Visit(visit.Provider, prompt);
        var completion = answers.Sum(answer => answer.Tokens);
        var truth = new Usage(promptTokens, completion, read, written, answers.Sum(answer => answer.ReasoningTokens));
        return new Turn(visit.Provider, prompt, visit.Provider.IdPrefix + visit.Id, visit.Call.At, answers)
        {
            Fault = fault?.Kind,
            Usage = fault?.Kind switch
            {
                FaultKind.SilentUsage => null,
                FaultKind.ZeroUsage => new Usage(0, 0),
                FaultKind.NegativeUsage => new Usage(-promptTokens, -completion),
                FaultKind.HugeUsage => truth with { Completion = HugeTokens },
                _ => truth,
            },
        };
    }

    private async Task StreamAsync(Visit visit, Turn turn, Fault? fault, Pace pace)
    {
        var (response, wire, call, ct) = (visit.Http.Response, visit.Wire, visit.Call, visit.Leaves);
        response.ContentType = fault?.Kind is FaultKind.WrongContentType ? "text/plain" : wire.StreamType;
        response.Headers.CacheControl = "no-cache";
        var output = response.BodyWriter;
        using var frames = new Frames(output);
        if (visit.Provider.WaitingComment is { } comment)
            await response.WriteAsync($": {comment}\n\n", ct);
        await output.FlushAsync(ct);
        if (!await BeginsAsync(visit, fault, pace))
            return;

        if (fault?.Kind is FaultKind.GarbageSse)
        {
            frames.Raw("data: {\"id\":\"garbage\",\"choices\":[{\n\ndata data data\n\n:::\n\ndata: <nothing>\n\n"u8);
            return;
        }

        wire.WriteStart(frames, turn);
        var sent = 0;
        int? breaksAt = fault?.Kind switch
        {
            FaultKind.ErrorIn200 => fault.Number ?? 0,
            FaultKind.CutAfter => fault.Number ?? 1,
            FaultKind.StallMidStream => fault.Number ?? 2,
            _ => null,
        };
        for (var choice = 0; choice < turn.Answers.Count; choice++)
        {
            foreach (var piece in turn.Answers[choice].Pieces())
            {
                if (sent == breaksAt)
                {
                    await BreakAsync(visit, turn, fault!, frames);
                    return;
                }

                if (sent == 0 && fault?.Kind is FaultKind.HugeLine)
                    wire.WritePiece(frames, turn, choice, piece with { Text = new string('x', Size(fault)).AsMemory() });
                else if (sent == 0 && fault?.Kind is FaultKind.InvalidUtf8)
                    WriteSpoiled(output, turn, wire, choice, piece);
                else
                    wire.WritePiece(frames, turn, choice, piece);
                sent++;
                call.CompletionTokens += piece.Tokens;
                if (!pace.IsUnlimited || output.UnflushedBytes >= BatchedBytes)
                    await output.FlushAsync(ct);
                ct.ThrowIfCancellationRequested();
                await pace.AfterAsync(piece.Tokens, ct);
            }
        }

        if (breaksAt is not null)
        {
            await BreakAsync(visit, turn, fault!, frames);
            return;
        }

        for (var choice = 0; choice < turn.Answers.Count; choice++)
            wire.WriteFinish(frames, turn, choice);
        wire.WriteEnd(frames, turn);
        await output.FlushAsync(ct);
        call.Reported = wire.ReportsUsage(turn) ? turn.Usage : null;
    }

    private async Task SendWholeAsync(Visit visit, Turn turn, Fault? fault, Pace pace)
    {
        var (response, call, ct) = (visit.Http.Response, visit.Call, visit.Leaves);
        if (fault?.Kind is FaultKind.StallBeforeFirstToken)
            await response.StartAsync(ct);
        if (!await BeginsAsync(visit, fault, pace))
            return;
        foreach (var piece in fault?.Kind is FaultKind.ErrorIn200 ? [] : turn.Answers.SelectMany(answer => answer.Pieces()))
        {
            call.CompletionTokens += piece.Tokens;
            await pace.AfterAsync(piece.Tokens, ct);
        }

        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, SandboxJson.Writing))
        {
            if (fault?.Kind is FaultKind.ErrorIn200)
                visit.Wire.WriteError(json, Refusal.Of(visit.Provider, Trouble.ServerError), visit.RequestId);
            else
                visit.Wire.WriteAnswer(json, turn);
        }

        var body = fault?.Kind switch
        {
            FaultKind.GarbageSse => buffer.WrittenMemory[..(buffer.WrittenCount / 2)],
            FaultKind.InvalidUtf8 => Spoil(buffer.WrittenSpan),
            // Spaces before a value are JSON, and make as long a line as any text would.
            FaultKind.HugeLine => (byte[])[.. Enumerable.Repeat((byte)' ', Size(fault)), .. buffer.WrittenSpan],
            _ => buffer.WrittenMemory,
        };
        response.ContentType = fault?.Kind is FaultKind.WrongContentType ? "text/plain" : "application/json";
        response.ContentLength = body.Length;
        if (fault?.Kind is FaultKind.CutAfter or FaultKind.StallMidStream)
        {
            await response.Body.WriteAsync(body[..(body.Length / 2)], ct);
            await response.Body.FlushAsync(ct);
            await EndBadlyAsync(visit, fault);
            return;
        }

        await response.Body.WriteAsync(body, ct);
        call.Reported = fault?.Kind is FaultKind.ErrorIn200 ? null : turn.Usage;
    }

    /// <summary>False when the answer ends before it began.</summary>
    private async Task<bool> BeginsAsync(Visit visit, Fault? fault, Pace pace)
    {
        if (fault?.Kind is FaultKind.StallBeforeFirstToken)
            await Task.Delay(Timeout.InfiniteTimeSpan, time, visit.Leaves);
        await pace.FirstTokenAsync(visit.Leaves);
        if (fault?.Kind is not FaultKind.CutBeforeFirstToken)
            return true;
        await EndBadlyAsync(visit, fault);
        return false;
    }

    private async Task BreakAsync(Visit visit, Turn turn, Fault fault, Frames frames)
    {
        if (fault.Kind is FaultKind.ErrorIn200)
            visit.Wire.WriteStreamError(frames, turn, Refusal.Of(visit.Provider, Trouble.Overloaded, turn.Prompt.Model));
        await visit.Http.Response.BodyWriter.FlushAsync(visit.Leaves);
        if (fault.Kind is not FaultKind.ErrorIn200)
            await EndBadlyAsync(visit, fault);
    }

    private async Task EndBadlyAsync(Visit visit, Fault fault)
    {
        if (fault.Kind is FaultKind.StallMidStream)
            await Task.Delay(Timeout.InfiniteTimeSpan, time, visit.Leaves);
        // A flush ends when the bytes are queued; a reset would overtake them.
        await Task.Delay(Delivery, time, visit.Leaves);
        visit.Http.Abort();
    }

    private static int Size(Fault fault) => (fault.Number ?? 5) * MiB;

    private static void WriteSpoiled(IBufferWriter<byte> output, Turn turn, IWire wire, int choice, in Piece piece)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var frames = new Frames(buffer))
            wire.WritePiece(frames, turn, choice, piece with { Text = "[Sandbox".AsMemory() });
        output.Write(Spoil(buffer.WrittenSpan).Span);
    }

    /// <summary>Puts the first byte of a two-byte character where no second one follows.</summary>
    private static ReadOnlyMemory<byte> Spoil(ReadOnlySpan<byte> bytes)
    {
        var spoiled = bytes.ToArray();
        if (bytes.IndexOf("Sandbox"u8) is var at and >= 0)
            spoiled[at] = 0xC3;
        return spoiled;
    }
}
