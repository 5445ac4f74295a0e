using System.Buffers;
using System.IO.Pipelines;
using System.Text.Json;
using OpsCenter.Gateway.Chat;
using OpsCenter.Gateway.Upstreams;
using OpsCenter.Routing.Analysis;

namespace OpsCenter.Gateway.Responses;

/// <summary>OpenAI's Responses, as far as they go without a memory.</summary>
internal sealed class ResponsesFace : IFace
{
    public ChatRequest Read(HttpRequest http, ReadOnlyMemory<byte> body)
    {
        using var document = JsonDocument.Parse(body);
        var chat = new ArrayBufferWriter<byte>(body.Length + 256);
        try
        {
            ResponsesRequest.Write(document.RootElement, chat);
        }
        catch (InvalidOperationException)
        {
            // Half a surrogate pair, which JSON can spell and text cannot hold.
            throw new ChatRequestException("invalid_request", null, "A string in the body is not valid Unicode: surrogates must come in pairs.");
        }

        return new ChatRequest(chat.WrittenMemory, ChatFacts.Read(chat.WrittenMemory)) { Asked = document.RootElement.Clone() };
    }

    public ReadOnlyMemory<byte> WriteAnswer(Receipt receipt, in WholeAnswer answer) =>
        ResponsesAnswer.Write(answer.Json, receipt.Request.Asked, receipt.Tokens, receipt.WriteMember);

    public IFaceStream OpenStream(ChatRun run, PipeWriter output) => new EventStream(run, output);

    private sealed class EventStream(ChatRun run, PipeWriter output) : IFaceStream
    {
        private readonly ArrayBufferWriter<byte> _chunks = new();
        private readonly ResponsesStream _stream = new(output, run.Request.Asked);

        public IBufferWriter<byte> Events => _chunks;

        public void Begin(UpstreamAnswer answer)
        {
            // The first chunk says all that the first event needs.
        }

        public void Pass()
        {
            SseEvents.ForEach(_chunks.WrittenSpan, _stream.OnChunk);
            _chunks.ResetWrittenCount();
        }

        public void KeepAlive() => output.Write(": keep-alive\n\n"u8);

        public void End(Receipt receipt) => _stream.End(receipt.Tokens, receipt.WriteMember);

        /// <summary>Clients pass an error event on as an event like any other, so the connection is cut as well.</summary>
        public bool Break(OpenAiError error)
        {
            _stream.Fail(error);
            return true;
        }
    }
}
