using System.Buffers;
using System.IO.Pipelines;
using System.Text.Unicode;

namespace OpsCenter.Gateway.Upstreams;

internal enum PumpStep
{
    /// <summary>Something came; whole events of it are in the output.</summary>
    Data,

    /// <summary>Nothing came since the last tick.</summary>
    Tick,

    /// <summary>No more will come; the state says whether that is as it should be.</summary>
    End,
}

/// <summary>
/// Reads server-sent events or lines of JSON from a provider and hands their payloads to the translation, whole lines only, so that an error
/// can always be appended cleanly. A timer wakes the read, so that silence is noticed without a cancellation per chunk.
/// </summary>
internal sealed class StreamPump : IAsyncDisposable
{
    private const int MaxLine = 1024 * 1024;

    private readonly PipeReader _reader;
    private readonly IStreamTranslation _translation;
    private readonly StreamState _state;
    private readonly ITimer _timer;

    public StreamPump(Stream source, IStreamTranslation translation, StreamState state, TimeSpan tick, TimeProvider time)
    {
        _reader = PipeReader.Create(source);
        _translation = translation;
        _state = state;
        _timer = time.CreateTimer(static reader => ((PipeReader)reader!).CancelPendingRead(), _reader, tick, tick);
    }

    public async ValueTask<PumpStep> NextAsync(IBufferWriter<byte> output, CancellationToken ct)
    {
        ReadResult result;
        try
        {
            result = await _reader.ReadAsync(ct);
        }
        catch (Exception fault) when (fault is IOException or HttpRequestException)
        {
            _state.Failure = new UpstreamFailure(FailureKind.Cut, 200, "The provider's connection broke.");
            return PumpStep.End;
        }

        if (result.IsCanceled && result.Buffer.IsEmpty)
        {
            _reader.AdvanceTo(result.Buffer.Start);
            return PumpStep.Tick;
        }

        var buffer = result.Buffer;
        while (_state is { Failure: null, Finished: false } && TryReadLine(ref buffer, out var line))
            OnLine(line, output);
        if (result.IsCompleted && _state is { Failure: null, Finished: false } && !buffer.IsEmpty)
        {
            OnLine(buffer, output);
            buffer = buffer.Slice(buffer.End);
        }

        if (buffer.Length > MaxLine)
            _state.Failure = new UpstreamFailure(FailureKind.Garbage, 200, "The provider sent a line of over 1 MiB.");
        _reader.AdvanceTo(buffer.Start, buffer.End);
        if (_state is { Failure: null, Finished: false } && !result.IsCompleted)
            return PumpStep.Data;

        if (_state is { Failure: null, Finished: false })
        {
            if (_state.ChoiceEnded)
                _state.Finished = true;
            else
                _state.Failure = new UpstreamFailure(FailureKind.Cut, 200, "The provider's answer ended in the middle.");
        }

        return PumpStep.End;
    }

    public async ValueTask DisposeAsync()
    {
        await _timer.DisposeAsync();
        await _reader.CompleteAsync();
    }

    private static bool TryReadLine(ref ReadOnlySequence<byte> buffer, out ReadOnlySequence<byte> line)
    {
        if (buffer.PositionOf((byte)'\n') is not { } end)
        {
            line = default;
            return false;
        }

        line = buffer.Slice(0, end);
        buffer = buffer.Slice(buffer.GetPosition(1, end));
        return true;
    }

    private void OnLine(ReadOnlySequence<byte> line, IBufferWriter<byte> output)
    {
        if (line.IsSingleSegment)
        {
            OnLine(line.FirstSpan, output);
            return;
        }

        var length = (int)line.Length;
        var rented = ArrayPool<byte>.Shared.Rent(length);
        line.CopyTo(rented);
        OnLine(rented.AsSpan(0, length), output);
        ArrayPool<byte>.Shared.Return(rented);
    }

    /// <summary>Of events only data matters: event names repeat what the payload says, comments are the provider's keep-alive.</summary>
    private void OnLine(ReadOnlySpan<byte> line, IBufferWriter<byte> output)
    {
        var isPayload = _translation.ReadsLines;
        if (!isPayload && !line.StartsWith("data:"u8))
            return;
        var data = (isPayload ? line : line["data:"u8.Length..]).Trim(" \r"u8);
        if (data.IsEmpty)
            return;
        if (!Utf8.IsValid(data))
        {
            _state.Failure = new UpstreamFailure(FailureKind.Garbage, 200, "The provider sent bytes that are not UTF-8.");
            return;
        }

        _translation.OnData(data, output);
    }
}
