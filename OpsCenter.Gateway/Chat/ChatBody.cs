using System.Buffers;
using System.IO.Pipelines;
using System.Text.Json;
using System.Text.Unicode;

namespace OpsCenter.Gateway.Chat;

/// <summary>A request body, read once, known to be one well-formed JSON document without duplicate names.</summary>
internal sealed class ChatBody : IDisposable
{
    /// <summary>Deep enough for any tool schema, shallow enough for any parser behind us.</summary>
    private const int MaxDepth = 64;

    private readonly byte[] _buffer;
    private readonly int _length;

    private ChatBody(byte[] buffer, int length)
    {
        _buffer = buffer;
        _length = length;
    }

    public ReadOnlyMemory<byte> Json => _buffer.AsMemory(0, _length);

    /// <summary>Reads the body, or says what is wrong with it.</summary>
    public static async ValueTask<(ChatBody? Body, OpenAiError? Error)> ReadAsync(HttpRequest request, int limit, CancellationToken ct)
    {
        var encoding = request.Headers.ContentEncoding.ToString();
        if (encoding is not ("" or "identity"))
            return (null, OpenAiError.UnsupportedEncoding(encoding));
        if (request.ContentLength > limit)
            return (null, OpenAiError.TooLarge(limit));

        var reader = request.BodyReader;
        byte[] buffer;
        int length;
        while (true)
        {
            ReadResult result;
            try
            {
                result = await reader.ReadAsync(ct);
            }
            catch (IOException fault)
            {
                return (null, OpenAiError.Invalid($"The request body could not be read: {fault.Message}"));
            }

            if (result.Buffer.Length > limit)
                return (null, OpenAiError.TooLarge(limit));
            if (result.IsCompleted)
            {
                length = (int)result.Buffer.Length;
                buffer = ArrayPool<byte>.Shared.Rent(length);
                result.Buffer.CopyTo(buffer);
                reader.AdvanceTo(result.Buffer.End);
                break;
            }

            reader.AdvanceTo(result.Buffer.Start, result.Buffer.End);
        }

        var body = new ChatBody(buffer, length);
        if (Problem(body.Json) is not { } problem)
            return (body, null);
        body.Dispose();
        return (null, problem);
    }

    public void Dispose() => ArrayPool<byte>.Shared.Return(_buffer);

    private static OpenAiError? Problem(ReadOnlyMemory<byte> json)
    {
        if (json.IsEmpty)
            return OpenAiError.Invalid("The request body is empty. Send a JSON object with `messages`.");
        if (!Utf8.IsValid(json.Span))
            return OpenAiError.Invalid("The request body is not valid UTF-8.");
        try
        {
            // Refusing duplicates here is what makes the model that is billed the model that is called: no parser behind us can
            // pick the other one.
            using var document = JsonDocument.Parse(json, new JsonDocumentOptions { AllowDuplicateProperties = false, MaxDepth = MaxDepth });
            return document.RootElement.ValueKind is JsonValueKind.Object
                ? null
                : OpenAiError.Invalid("The request body must be a JSON object.");
        }
        catch (JsonException fault)
        {
            return OpenAiError.Invalid($"The request body is not acceptable JSON: {fault.Message}");
        }
    }
}
