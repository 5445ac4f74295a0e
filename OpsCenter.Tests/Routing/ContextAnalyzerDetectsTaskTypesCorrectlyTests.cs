using System.Text.Json;
using OpsCenter.Contracts;
using OpsCenter.Routing.Analysis;

namespace OpsCenter.Tests.Routing;

public sealed class Context_analyzer_detects_task_types_correctly
{
    [Theory]
    [InlineData(TaskKind.Code, "Write a Python function that merges two sorted lists.")]
    [InlineData(TaskKind.Code, "Why does this throw a NullPointerException?\n```java\nString s = null; s.length();\n```")]
    [InlineData(TaskKind.Code, "Traceback (most recent call last):\n  File \"app.py\", line 3, in <module>\nTypeError: unsupported operand")]
    [InlineData(TaskKind.Code, "SELECT name FROM users WHERE id IN (SELECT user_id FROM orders) is slow, how can I optimize the query?")]
    [InlineData(TaskKind.Code, "refactor this class to use dependency injection")]
    [InlineData(TaskKind.Code, "Create a regex that matches e-mail addresses")]
    [InlineData(TaskKind.Code, "def f(x): return x + 1 — add type hints and unit tests")]
    [InlineData(TaskKind.Chat, "Hi! How are you today?")]
    [InlineData(TaskKind.Chat, "What is the capital of France?")]
    [InlineData(TaskKind.Chat, "hello")]
    [InlineData(TaskKind.Chat, "who are you")]
    [InlineData(TaskKind.Chat, "who are you?")]
    [InlineData(TaskKind.Chat, "Can you recommend a good movie for the weekend?")]
    [InlineData(TaskKind.Chat, "Thanks, that was great. What should I cook for dinner?")]
    [InlineData(TaskKind.Rag, "Based on the following context, who signed the contract? Context: The agreement was signed by Ms. Ito in 2019.")]
    [InlineData(TaskKind.Rag, "According to the handbook, how many vacation days do I have?")]
    [InlineData(TaskKind.Rag, "Use only the information in the document to answer: when does the warranty end?")]
    [InlineData(TaskKind.Rag, "Answer the question from the passage below and cite the sentence. Passage: Bees live in hives. Question: where do bees live?")]
    [InlineData(TaskKind.Rag, "What does the attached PDF say about refunds?")]
    [InlineData(TaskKind.Creative, "Write a poem about the autumn sea.")]
    [InlineData(TaskKind.Creative, "Write a short story about a class of robots building a bridge")]
    [InlineData(TaskKind.Creative, "Come up with a catchy slogan for a bakery")]
    [InlineData(TaskKind.Creative, "Imagine you are a pirate. Write a letter home.")]
    [InlineData(TaskKind.Creative, "Compose lyrics for a love song in the style of the sixties")]
    [InlineData(TaskKind.Creative, "Schreibe ein Gedicht über den Regen")]
    [InlineData(TaskKind.Analysis, "Compare React and Vue for a large team: pros and cons of each")]
    [InlineData(TaskKind.Analysis, "Analyze the strengths and weaknesses of this business plan")]
    [InlineData(TaskKind.Analysis, "Classify the sentiment of this review: the food was cold and the waiter rude.")]
    [InlineData(TaskKind.Analysis, "What are the implications of rising interest rates for the housing market?")]
    [InlineData(TaskKind.Analysis, "Evaluate the root cause of our churn increase last quarter")]
    [InlineData(TaskKind.Translation, "Translate \"Where is the train station?\" to Japanese")]
    [InlineData(TaskKind.Translation, "How do you say good night in Italian?")]
    [InlineData(TaskKind.Translation, "Übersetze den folgenden Satz ins Englische: Das Wetter ist schön.")]
    [InlineData(TaskKind.Translation, "Please translate this story into French: Once upon a time there was a dragon.")]
    [InlineData(TaskKind.Translation, "把这句话翻译成英文：今天天气很好")]
    [InlineData(TaskKind.Translation, "Traduce al inglés: la función del poema es conmover")]
    [InlineData(TaskKind.Summarization, "Summarize the following meeting notes in three bullet points: we met and talked about the budget.")]
    [InlineData(TaskKind.Summarization, "tl;dr of this email please: the server was down and we fixed it")]
    [InlineData(TaskKind.Summarization, "Give me the key takeaways of this article.")]
    [InlineData(TaskKind.Summarization, "Condense this paragraph into one sentence")]
    [InlineData(TaskKind.Summarization, "Write an executive summary of the report")]
    [InlineData(TaskKind.Reasoning, "If a train travels 60 km in 45 minutes, how long does it take for 100 km? Think step by step.")]
    [InlineData(TaskKind.Reasoning, "Prove that the square root of 2 is irrational.")]
    [InlineData(TaskKind.Reasoning, "Solve 3x + 5 = 20 for x")]
    [InlineData(TaskKind.Reasoning, "There are three boxes and one always lies. Solve this logic puzzle: which box has the coin?")]
    [InlineData(TaskKind.Reasoning, "What is the probability of rolling two sixes with three dice?")]
    [InlineData(TaskKind.Reasoning, "Janet has 16 eggs, eats 3 and sells the rest for $2 each. How much does she make?")]
    public void The_task_of_a_prompt(TaskKind expected, string prompt) => Assert.Equal(expected, Read(prompt).Task);

    [Fact]
    public void A_question_under_long_documents_is_retrieval()
    {
        var documents = string.Join(' ', Enumerable.Repeat("The northern branch reported stable figures for the period.", 250));
        var facts = ChatFacts.Read(JsonSerializer.SerializeToUtf8Bytes(new
        {
            messages = new[]
            {
                new { role = "system", content = documents },
                new { role = "user", content = "Which branch reported stable figures?" },
            },
        }));

        Assert.Equal(TaskKind.Rag, TaskDetector.Read(facts).Task);
    }

    [Theory]
    [InlineData("translate this sentence to german", "TRANSLATE THIS SENTENCE TO GERMAN")]
    [InlineData("summarize the text above", "sumarize the text above")]
    [InlineData("summarize the text above", "summarzie the text above")]
    [InlineData("please translate it into french", "please trasnlate it into french")]
    [InlineData("refactor this function", "refactorr this function")]
    public void Case_and_a_slip_of_the_finger_change_nothing(string clean, string noisy) =>
        Assert.Equal(Read(clean).Task, Read(noisy).Task);

    [Fact]
    public void What_speaks_clearly_is_read_with_confidence_and_what_says_nothing_is_not()
    {
        Assert.True(Read("Translate this paragraph into Spanish").Confidence > 0.9);
        Assert.True(Read("Blue, perhaps.").Confidence < 0.5);
    }

    [Fact]
    public void More_demands_on_harder_work_look_more_complex()
    {
        var simple = Read("hello").Complexity;
        var hard = Read("Prove the theorem, then derive the bound, solve the following for n:\n1. x^2 + y^2 = n\n2. the sum of all primes below n\n3. what if n is even? what if it is odd? Explain each step and give a counterexample where the hypothesis is dropped.").Complexity;

        Assert.True(simple < 0.15, $"{simple}");
        Assert.True(hard > 0.5, $"{hard}");
    }

    [Fact]
    public void Reading_the_same_text_twice_gives_the_same_reading_without_allocating()
    {
        var facts = Facts("Write a Python function that merges two sorted lists, and explain it step by step.");
        var first = TaskDetector.Read(facts);
        var before = GC.GetAllocatedBytesForCurrentThread();
        var second = TaskDetector.Read(facts);

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.Equal(first, second);
    }

    private static TaskReading Read(string prompt) => TaskDetector.Read(Facts(prompt));

    private static ChatFacts Facts(string prompt) =>
        ChatFacts.Read(JsonSerializer.SerializeToUtf8Bytes(new { messages = new[] { new { role = "user", content = prompt } } }));
}
