using System.Buffers;
using System.IO.Pipelines;
using System.Text.Json;
using OpsCenter.Gateway.Chat;
using OpsCenter.Gateway.Upstreams;
using OpsCenter.Routing.Analysis;

namespace OpsCenter.Gateway.Messages;

/// <summary>Anthropic's Messages. What an Anthropic provider answers passes as it is; every other answer is translated.</summary>
internal sealed class MessagesFace : IFace, IErrorShape
{
    private const int LongestHeader = 512;

    public ChatRequest Read(HttpRequest http, ReadOnlyMemory<byte> body) => Read(body, needsLimit: true) with
    {
        Native = new NativeRequest(Wire.Anthropic, body, Words(http.Headers["anthropic-version"]), Words(http.Headers["anthropic-beta"])),
    };

    /// <exception cref="ChatRequestException">What is wrong, and what is accepted.</exception>
    public static ChatRequest Read(ReadOnlyMemory<byte> body, bool needsLimit)
    {
        using var document = JsonDocument.Parse(body);
        var chat = new ArrayBufferWriter<byte>(body.Length + 256);
        MessagesRequest request;
        try
        {
            request = MessagesRequest.Write(document.RootElement, chat, needsLimit);
        }
        catch (InvalidOperationException)
        {
            // Half a surrogate pair, which JSON can spell and text cannot hold.
            throw new ChatRequestException("invalid_request", null, "A string in the body is not valid Unicode: surrogates must come in pairs.");
        }

        return new ChatRequest(chat.WrittenMemory, ChatFacts.Read(chat.WrittenMemory))
        {
            Untranslated = request.Untranslated,
            NativeOnly = request.NativeOnly,
            LimitIsCeiling = true,
        };
    }

    public ReadOnlyMemory<byte> WriteAnswer(Receipt receipt, in WholeAnswer answer)
    {
        if (answer.Wire is not Wire.Anthropic)
            return MessagesAnswer.Write(answer.Json, receipt.Tokens, receipt.WriteMember);
        var output = new ArrayBufferWriter<byte>(answer.Json.Length + 1024);
        var members = JsonMembers.Of(answer.Json);
        var copy = new JsonObjectCopy(output);
        copy.Begin();
        foreach (var member in members)
            copy.Copy(members.Whole(member));
        copy.Member("opscenter"u8, receipt.ToJson());
        copy.End();
        return output.WrittenMemory;
    }

    public IFaceStream OpenStream(ChatRun run, PipeWriter output) => new Events(output);

    public async Task WriteAsync(HttpContext http, OpenAiError error)
    {
        var id = ChatRun.Identify(http, http.RequestServices.GetRequiredService<TimeProvider>()).ToString();
        http.Response.Headers["request-id"] = id;
        http.Response.ContentType = "application/json";
        var body = new ArrayBufferWriter<byte>(256);
        WriteError(body, error, id);
        await http.Response.Body.WriteAsync(body.WrittenMemory, http.RequestAborted);
    }

    private static void WriteError(IBufferWriter<byte> output, OpenAiError error, string? requestId)
    {
        using var json = new Utf8JsonWriter(output);
        json.WriteStartObject();
        json.WriteString("type", "error");
        json.WriteStartObject("error");
        json.WriteString("type", ErrorType(error.Status));
        json.WriteString("message", error.Message);
        json.WriteEndObject();
        if (requestId is not null)
            json.WriteString("request_id", requestId);
        json.WriteEndObject();
    }

    /// <summary>https://docs.anthropic.com/en/api/errors.</summary>
    private static string ErrorType(int status) => status switch
    {
        401 => "authentication_error",
        402 => "billing_error",
        403 => "permission_error",
        404 => "not_found_error",
        413 => "request_too_large",
        429 => "rate_limit_error",
        503 or 529 => "overloaded_error",
        504 => "timeout_error",
        >= 500 => "api_error",
        _ => "invalid_request_error",
    };

    /// <summary>A header of words and dates; what has anything else in it is not sent on.</summary>
    private static string? Words(Microsoft.Extensions.Primitives.StringValues header)
    {
        var text = string.Join(',', header.ToArray());
        return text.Length is > 0 and <= LongestHeader && text.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '-' or ',' or ' ' or '.' or '_')
            ? text
            : null;
    }

    private sealed class Events(PipeWriter output) : IFaceStream
    {
        private readonly ArrayBufferWriter<byte> _chunks = new();
        private readonly MessagesStream _stream = new(output);
        private bool _isNative;

        IBufferWriter<byte> IFaceStream.Events => _isNative ? output : _chunks;

        public void Begin(UpstreamAnswer answer) => _isNative = answer.State!.Wire is Wire.Anthropic;

        public void Pass()
        {
            SseEvents.ForEach(_chunks.WrittenSpan, _stream.OnChunk);
            _chunks.ResetWrittenCount();
        }

        public void KeepAlive() => output.Write("event: ping\ndata: {\"type\":\"ping\"}\n\n"u8);

        public void End(Receipt receipt)
        {
            if (_isNative)
                MessagesStream.WriteStop(output, receipt.WriteMember);
            else
                _stream.End(receipt.Tokens, receipt.WriteMember);
        }

        /// <summary>Every client of Anthropic's reports an error event, so the connection may end as usual.</summary>
        public bool Break(OpenAiError error)
        {
            output.Write("event: error\ndata: "u8);
            WriteError(output, error, null);
            output.Write("\n\n"u8);
            return false;
        }
    }
}
