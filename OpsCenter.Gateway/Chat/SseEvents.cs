namespace OpsCenter.Gateway.Chat;

/// <summary>The events that a translation wrote: whole ones, each one <c>data:</c> line and an empty one.</summary>
internal static class SseEvents
{
    public static void ForEach(ReadOnlySpan<byte> events, Action<ReadOnlySpan<byte>> onData)
    {
        while (events.IndexOf("\n\n"u8) is >= 0 and var end)
        {
            onData(events["data: ".Length..end]);
            events = events[(end + 2)..];
        }
    }
}
