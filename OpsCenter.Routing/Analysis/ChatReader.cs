using System.Text.Json;
using OpsCenter.Contracts;

namespace OpsCenter.Routing.Analysis;

/// <summary>
/// One pass over the bytes of a chat request. Human turns are only noted by where they stand; the last one is decoded at the
/// end, so that a long conversation is not turned into strings that nobody reads.
/// </summary>
internal ref struct ChatReader
{
    private const string InvalidRequest = "invalid_request";
    private const int MaxChoices = 8;
    private const int MaxModelLength = 256;

    private readonly ReadOnlySpan<byte> _json;
    private Utf8JsonReader _reader;
    private List<Range>? _humanTurns;
    private string? _model;
    private PowerLevel? _level;
    private bool _stream;
    private bool _includeUsage;
    private int? _maxOutput;
    private int _choices = 1;
    private bool _hasTools;
    private bool _wantsJson;
    private int _messages;
    private int _images;
    private long _weight;
    private long _jsonBytes;

    private ChatReader(ReadOnlySpan<byte> json)
    {
        _json = json;
        _reader = new Utf8JsonReader(json);
    }

    public static ChatFacts Read(ReadOnlySpan<byte> json)
    {
        var reader = new ChatReader(json);
        try
        {
            reader.ReadBody();
            return reader.ToFacts();
        }
        catch (JsonException fault)
        {
            throw Invalid(null, $"The body is not valid JSON at byte {fault.BytePositionInLine ?? 0} of line {(fault.LineNumber ?? 0) + 1}.");
        }
        catch (InvalidOperationException)
        {
            // The reader's answer to half a surrogate pair or to bytes that are not UTF-8.
            throw Invalid(null, "A string in the body is not valid Unicode: surrogates must come in pairs, and bytes must be UTF-8.");
        }
    }

    private void ReadBody()
    {
        if (!HasContent() || !_reader.Read() || _reader.TokenType is not JsonTokenType.StartObject)
            throw Invalid(null, """The body must be a JSON object such as {"messages":[{"role":"user","content":"Hello"}]}.""");

        var hasMessages = false;
        while (NextProperty())
        {
            if (Take("messages"u8))
            {
                ReadMessages();
                hasMessages = true;
            }
            else if (Take("model"u8))
            {
                _model = ReadModel();
            }
            else if (Take("stream"u8))
            {
                _stream = ReadBoolean("stream");
            }
            else if (Take("stream_options"u8))
            {
                ReadStreamOptions();
            }
            else if (Take("max_tokens"u8))
            {
                ReadMaxOutput("max_tokens");
            }
            else if (Take("max_completion_tokens"u8))
            {
                ReadMaxOutput("max_completion_tokens");
            }
            else if (Take("n"u8))
            {
                _choices = ReadInteger("n", 1, MaxChoices) ?? 1;
            }
            else if (Take("power_level"u8))
            {
                _level = ReadLevel();
            }
            else if (Take("tools"u8))
            {
                ReadTools("tools");
            }
            else if (Take("functions"u8))
            {
                ReadTools("functions");
            }
            else if (Take("response_format"u8))
            {
                ReadResponseFormat();
            }
            else
            {
                SkipValue();
            }
        }

        if (!hasMessages)
            throw Invalid("messages", "messages is missing: a non-empty array of objects with role and content.");
    }

    private readonly ChatFacts ToFacts() => new()
    {
        Model = _model,
        Level = _level,
        Stream = _stream,
        IncludeUsage = _includeUsage,
        MaxOutputTokens = _maxOutput,
        Choices = _choices,
        HasTools = _hasTools,
        HasImages = _images > 0,
        WantsJson = _wantsJson,
        MessageCount = _messages,
        EstimatedInputTokens = (int)Math.Min(
            int.MaxValue,
            TokenEstimate.Tokens(_weight)
            + (long)_messages * TokenEstimate.PerMessage
            + (long)_images * TokenEstimate.PerImage
            + (_jsonBytes + TokenEstimate.JsonBytesPerToken - 1) / TokenEstimate.JsonBytesPerToken),
        LastUserText = _humanTurns is null ? "" : HumanText.Last(_json, _humanTurns),
    };

    private void ReadMessages()
    {
        if (_reader.TokenType is not JsonTokenType.StartArray)
            throw Invalid("messages", "messages must be a non-empty array of objects with role and content.");
        while (_reader.Read() && _reader.TokenType is not JsonTokenType.EndArray)
        {
            ReadMessage(_messages);
            _messages++;
        }

        if (_messages == 0)
            throw Invalid("messages", "messages is empty: it needs at least one object with role and content.");
    }

    private void ReadMessage(int index)
    {
        if (_reader.TokenType is not JsonTokenType.StartObject)
            throw Invalid($"messages[{index}]", $"messages[{index}] must be an object with role and content.");

        var role = Role.None;
        Range? content = null;
        while (NextProperty())
        {
            if (Take("role"u8))
            {
                role = ReadRole(index);
            }
            else if (Take("content"u8))
            {
                var start = (int)_reader.TokenStartIndex;
                var isNull = _reader.TokenType is JsonTokenType.Null;
                ReadContent(index);
                if (!isNull)
                    content = start..(int)_reader.BytesConsumed;
            }
            else
            {
                // Tool calls, names and refusals are sent along, so they count.
                WeighValue();
            }
        }

        if (role is Role.None)
            throw Invalid($"messages[{index}].role", $"messages[{index}].role is missing: {Roles}.");
        if (content is null && role is not Role.Assistant)
            throw Invalid($"messages[{index}].content", $"messages[{index}].content must be a string or an array of parts; only an assistant message may have none.");
        if (role is Role.User && content is { } turn)
            (_humanTurns ??= []).Add(turn);
    }

    private void ReadContent(int message)
    {
        switch (_reader.TokenType)
        {
            case JsonTokenType.Null:
                break;
            case JsonTokenType.String:
                _weight += TokenEstimate.Weigh(_reader.ValueSpan);
                break;
            case JsonTokenType.StartArray:
                for (var part = 0; _reader.Read() && _reader.TokenType is not JsonTokenType.EndArray; part++)
                    ReadPart(message, part);
                break;
            default:
                throw Invalid($"messages[{message}].content", $"messages[{message}].content must be a string, an array of parts or null.");
        }
    }

    private void ReadPart(int message, int part)
    {
        if (_reader.TokenType is not JsonTokenType.StartObject)
            throw Invalid($"messages[{message}].content[{part}]", $"messages[{message}].content[{part}] must be an object with a type: {PartTypes}.");

        var type = PartType.None;
        var hasText = false;
        var hasImage = false;
        while (NextProperty())
        {
            if (Take("type"u8))
            {
                type = ReadPartType(message, part);
            }
            else if (Take("text"u8) || Take("refusal"u8))
            {
                RequireString($"messages[{message}].content[{part}].text", "a string");
                _weight += TokenEstimate.Weigh(_reader.ValueSpan);
                hasText = true;
            }
            else if (Take("image_url"u8))
            {
                ReadImage(message, part);
                hasImage = true;
            }
            else
            {
                SkipValue();
            }
        }

        var where = $"messages[{message}].content[{part}]";
        switch (type)
        {
            case PartType.None:
                throw Invalid($"{where}.type", $"{where}.type is missing: {PartTypes}.");
            case PartType.Text when !hasText:
                throw Invalid($"{where}.text", $"{where}.text is missing: a string.");
            case PartType.Image when !hasImage:
                throw Invalid($"{where}.image_url", $"{where}.image_url is missing: an object with a url.");
            case PartType.Image:
                _images++;
                break;
        }
    }

    private void ReadImage(int message, int part)
    {
        var param = $"messages[{message}].content[{part}].image_url";
        if (_reader.TokenType is not JsonTokenType.StartObject)
            throw Invalid(param, $"{param} must be an object with a url.");
        var hasUrl = false;
        while (NextProperty())
        {
            if (Take("url"u8))
            {
                RequireString($"{param}.url", "an http(s) or data address");
                hasUrl = true;
            }
            else
            {
                SkipValue();
            }
        }

        if (!hasUrl)
            throw Invalid($"{param}.url", $"{param}.url is missing: an http(s) or data address.");
    }

    private const string PartTypes = "text, image_url or refusal";

    private PartType ReadPartType(int message, int part)
    {
        var param = $"messages[{message}].content[{part}].type";
        RequireString(param, PartTypes);
        return _reader.ValueTextEquals("text"u8) || _reader.ValueTextEquals("refusal"u8) ? PartType.Text
            : _reader.ValueTextEquals("image_url"u8) ? PartType.Image
            : throw Invalid(param, $"{param} must be {PartTypes}.");
    }

    private const string Roles = "system, developer, user, assistant, tool or function";

    private Role ReadRole(int message)
    {
        var param = $"messages[{message}].role";
        RequireString(param, Roles);
        return _reader.ValueTextEquals("user"u8) ? Role.User
            : _reader.ValueTextEquals("assistant"u8) ? Role.Assistant
            : _reader.ValueTextEquals("system"u8) || _reader.ValueTextEquals("developer"u8)
                || _reader.ValueTextEquals("tool"u8) || _reader.ValueTextEquals("function"u8) ? Role.Other
            : throw Invalid(param, $"{param} must be {Roles}.");
    }

    private string? ReadModel()
    {
        const string Accepted = "a model's name, auto, auto-eco, auto-balanced or auto-precision";
        if (_reader.TokenType is JsonTokenType.Null)
            return null;
        RequireString("model", Accepted);
        return _reader.ValueSpan.Length <= MaxModelLength
            ? _reader.GetString()
            : throw Invalid("model", $"model is longer than {MaxModelLength} bytes; it must be {Accepted}.");
    }

    private PowerLevel? ReadLevel()
    {
        const string Accepted = "eco, balanced or precision";
        if (_reader.TokenType is JsonTokenType.Null)
            return null;
        RequireString("power_level", Accepted);
        return PowerLevels.TryParse(_reader.GetString(), out var level)
            ? level
            : throw Invalid("power_level", $"power_level must be {Accepted}.");
    }

    private void ReadStreamOptions()
    {
        if (_reader.TokenType is JsonTokenType.Null)
            return;
        RequireObject("stream_options", """an object such as {"include_usage":true}""");
        while (NextProperty())
        {
            if (Take("include_usage"u8))
                _includeUsage = ReadBoolean("stream_options.include_usage");
            else
                SkipValue();
        }
    }

    private void ReadResponseFormat()
    {
        const string Accepted = "text, json_object or json_schema";
        if (_reader.TokenType is JsonTokenType.Null)
            return;
        RequireObject("response_format", $"an object with a type: {Accepted}");
        var start = _reader.TokenStartIndex;
        var hasType = false;
        while (NextProperty())
        {
            if (!Take("type"u8))
            {
                SkipValue();
                continue;
            }

            RequireString("response_format.type", Accepted);
            hasType = true;
            _wantsJson = _reader.ValueTextEquals("json_schema"u8) || _reader.ValueTextEquals("json_object"u8);
            if (!_wantsJson && !_reader.ValueTextEquals("text"u8))
                throw Invalid("response_format.type", $"response_format.type must be {Accepted}.");
        }

        if (!hasType)
            throw Invalid("response_format.type", $"response_format.type is missing: {Accepted}.");
        _jsonBytes += _reader.BytesConsumed - start;
    }

    private void ReadTools(string param)
    {
        if (_reader.TokenType is JsonTokenType.Null)
            return;
        if (_reader.TokenType is not JsonTokenType.StartArray)
            throw Invalid(param, $"{param} must be an array of objects.");
        var start = _reader.TokenStartIndex;
        for (var index = 0; _reader.Read() && _reader.TokenType is not JsonTokenType.EndArray; index++)
        {
            RequireObject($"{param}[{index}]", "an object");
            SkipValue();
            _hasTools = true;
        }

        _jsonBytes += _reader.BytesConsumed - start;
    }

    private void ReadMaxOutput(string param)
    {
        if (ReadInteger(param, 1, int.MaxValue) is { } value)
            _maxOutput = Math.Max(_maxOutput ?? 0, value);
    }

    private int? ReadInteger(string param, int least, int most)
    {
        if (_reader.TokenType is JsonTokenType.Null)
            return null;
        return _reader.TokenType is JsonTokenType.Number && _reader.TryGetInt32(out var value) && value >= least && value <= most
            ? value
            : throw Invalid(param, most == int.MaxValue ? $"{param} must be an integer of at least {least}." : $"{param} must be an integer from {least} to {most}.");
    }

    private readonly bool ReadBoolean(string param) => _reader.TokenType switch
    {
        JsonTokenType.True => true,
        JsonTokenType.False or JsonTokenType.Null => false,
        _ => throw Invalid(param, $"{param} must be true or false."),
    };

    private readonly void RequireString(string param, string accepted)
    {
        if (_reader.TokenType is not JsonTokenType.String)
            throw Invalid(param, $"{param} must be {accepted}.");
    }

    private readonly void RequireObject(string param, string accepted)
    {
        if (_reader.TokenType is not JsonTokenType.StartObject)
            throw Invalid(param, $"{param} must be {accepted}.");
    }

    private readonly bool HasContent() => _json.IndexOfAnyExcept(" \t\r\n"u8) >= 0;

    /// <summary>Stands on the next property's name, or at the end of the object.</summary>
    private bool NextProperty() => _reader.Read() && _reader.TokenType is JsonTokenType.PropertyName;

    /// <summary>Moves on to the value when the property is the named one.</summary>
    private bool Take(ReadOnlySpan<byte> name) => _reader.ValueTextEquals(name) && _reader.Read();

    /// <summary>From a property's name, or from the start of an object or array, past the value.</summary>
    private void SkipValue() => _reader.Skip();

    /// <summary>From a property's name past the value, counting every string and number in it.</summary>
    private void WeighValue()
    {
        _reader.Read();
        var depth = _reader.CurrentDepth;
        do
        {
            if (_reader.TokenType is JsonTokenType.PropertyName or JsonTokenType.String or JsonTokenType.Number)
                _weight += TokenEstimate.Weigh(_reader.ValueSpan);
        }
        while ((_reader.TokenType is JsonTokenType.StartObject or JsonTokenType.StartArray || _reader.CurrentDepth > depth) && _reader.Read());
    }

    private static ChatRequestException Invalid(string? param, string message) => new(InvalidRequest, param, message);

    private enum Role
    {
        None,
        User,
        Assistant,
        Other,
    }

    private enum PartType
    {
        None,
        Text,
        Image,
    }
}
