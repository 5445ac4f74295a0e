using System.Buffers;
using System.IO.Pipelines;
using OpsCenter.Gateway.Upstreams;
using OpsCenter.Routing.Analysis;

namespace OpsCenter.Gateway.Chat;

/// <summary>OpenAI's chat completions, which need no translation on the way in or out.</summary>
internal sealed class OpenAiFace : IFace
{
    public ChatRequest Read(HttpRequest http, ReadOnlyMemory<byte> body) => new(body, ChatFacts.Read(body));

    public ReadOnlyMemory<byte> WriteAnswer(Receipt receipt, in WholeAnswer answer) => receipt.WriteInto(answer.Json);

    public IFaceStream OpenStream(ChatRun run, PipeWriter output) => new Chunks(run, output);

    private sealed class Chunks(ChatRun run, PipeWriter output) : IFaceStream
    {
        private long _created;

        public IBufferWriter<byte> Events => output;

        public void Begin(UpstreamAnswer answer) => _created = answer.State!.Created;

        public void Pass()
        {
            // The provider's events are the caller's.
        }

        public void KeepAlive() => output.Write(": keep-alive\n\n"u8);

        public void End(Receipt receipt)
        {
            if (run.Facts.IncludeUsage)
                receipt.WriteUsageEvent(output, _created);
            output.Write("data: [DONE]\n\n"u8);
        }

        public bool Break(OpenAiError error)
        {
            error.WriteEvent(output);
            return true;
        }
    }
}
