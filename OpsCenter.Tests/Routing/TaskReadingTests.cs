using System.Text.Json;
using OpsCenter.Contracts;
using OpsCenter.Routing;
using OpsCenter.Routing.Analysis;
using OpsCenter.Routing.Planning;

namespace OpsCenter.Tests.Routing;

public sealed class TaskReadingTests
{
    [Fact]
    public void A_yes_is_read_as_what_it_agrees_to()
    {
        var alone = Read(["Shall we translate the letter into French?"]);
        var agreed = Read(["Shall we translate the letter into French?", "yes"]);

        Assert.Equal(TaskKind.Translation, alone.Task);
        Assert.Equal(TaskKind.Translation, agreed.Task);
    }

    [Fact]
    public void What_a_tool_reminds_of_does_not_count()
    {
        const string Asked = "Write a poem about the autumn sea.";
        var reminded = Read([$"{Asked}<system-reminder>Run the unit tests, fix the compiler errors and commit the code.</system-reminder>"]);

        Assert.Equal(Read([Asked]).Task, reminded.Task);
    }

    [Theory]
    [InlineData("who are you", "who are you?")]
    [InlineData("what is the capital of france", "What is the capital of France?!")]
    [InlineData("tell me about the moon", "Tell me about the moon...")]
    [InlineData("write a poem about rain", "\"Write a poem about rain.\"")]
    public void Punctuation_does_not_change_the_task(string plain, string marked) =>
        Assert.Equal(Read([plain]).Task, Read([marked]).Task);

    [Theory]
    [InlineData(TaskKind.Code, "x = [i for i in range(10) if i % 2]\nprint(x[12])\n\nIt stops at the last line, what do I do?")]
    [InlineData(TaskKind.Reasoning, "Tom is twice as old as Ann. In 6 years he will be 30. How old is Ann now?")]
    [InlineData(TaskKind.Chat, "My neighbour never greets me, is that normal?")]
    public void Prompts_without_a_keyword_are_read_too(TaskKind expected, string prompt) => Assert.Equal(expected, Read([prompt]).Task);

    [Theory]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData("?")]
    [InlineData("\U0001F600\U0001F600\U0001F600")]
    [InlineData("0000000000000000000000")]
    public void A_text_without_words_still_has_a_reading(string text)
    {
        var reading = TaskDetector.Read(new ChatFacts { LastUserText = text, MessageCount = 1 });

        Assert.InRange(reading.Confidence, 0.125, 1);
        Assert.InRange(reading.Complexity, 0, 1);
    }

    [Fact]
    public void A_reading_carries_what_else_it_may_be()
    {
        var reading = Read(["Compare these two poems and write a third."]);

        Assert.True(reading.Confidence >= reading.Second.Share && reading.Second.Share >= reading.Third.Share);
        Assert.InRange(reading.Confidence + reading.Second.Share + reading.Third.Share, 0, 1.002);
        Assert.Equal(3, new[] { reading.Task, reading.Second.Task, reading.Third.Task }.Distinct().Count());
    }

    [Fact]
    public void The_longest_turn_is_read_without_allocating()
    {
        var facts = new ChatFacts
        {
            LastUserText = string.Concat(Enumerable.Range(0, 800).Select(i => $"w{i}x ")),
            EstimatedInputTokens = 2_000,
            MessageCount = 1,
        };
        var first = TaskDetector.Read(facts);
        var before = GC.GetAllocatedBytesForCurrentThread();
        var second = TaskDetector.Read(facts);

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.Equal(first, second);
    }

    [Fact]
    public void Quality_follows_the_whole_posterior_and_a_guess_follows_the_average()
    {
        var offers = new[]
        {
            Specialist("a/coder", TaskKind.Code),
            Specialist("b/poet", TaskKind.Creative),
            Any.Offer("c/allrounder", quality: 0.6),
        };
        var catalog = Any.Catalog(offers);

        Assert.Equal("a/coder", First(new TaskReading(TaskKind.Code, 0.9, 0.2)));
        Assert.Equal("c/allrounder", First(new TaskReading(TaskKind.Code, 0.3, 0.2)));
        Assert.Equal("b/poet", First(new TaskReading(TaskKind.Creative, 0.55, 0.2) { Second = new TaskShare(TaskKind.Code, 0.3) }));

        string First(TaskReading reading) =>
            RoutePlanner.Plan(Any.Query(catalog, level: PowerLevel.Precision) with { Task = reading }, catalog, Any.Moment).Chain[0].Id;

        static Offer Specialist(string id, TaskKind at) => Any.Offer(id, quality: 0.4) with
        {
            Quality = Enum.GetValues<TaskKind>().ToDictionary(task => task.WireName(), task => task == at ? 0.95 : 0.4),
        };
    }

    private static TaskReading Read(string[] turns) => TaskDetector.Read(ChatFacts.Read(JsonSerializer.SerializeToUtf8Bytes(new
    {
        messages = turns.Select(turn => new { role = "user", content = turn }).ToArray(),
    })));
}
