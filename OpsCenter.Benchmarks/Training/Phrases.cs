using OpsCenter.Contracts;

namespace OpsCenter.Benchmarks.Training;

/// <summary>
/// How people ask for each task, written by hand, with topics and texts put in: public data have few requests to translate
/// or to summarise that are not of one template. Always learned from, never measured on.
/// </summary>
internal static class Phrases
{
    public const string Source = "phrases";

    private const int FillingsEach = 8;
    private const string Topic = "{topic}";
    private const string Material = "{text}";
    private const string Language = "{language}";

    private static readonly (TaskKind Task, string[] Requests)[] Written =
    [
        (TaskKind.Translation,
        [
            "Translate the following text into {language}: {text}", "Translate to {language}:\n{text}", "Please translate this paragraph into {language}.\n\n{text}",
            "translate it into {language} please", "Can you translate this {topic} into {language}? {text}", "How do you say \"{topic}\" in {language}?", "What is the {language} word for {topic}?",
            "How would I write \"see you tomorrow\" in {language}", "Give me the {language} version of this: {text}", "I need this in {language}: {text}", "{text}\n\nTranslate the text above into {language}.",
            "Translation from English to {language}: {text}", "Übersetze den folgenden Satz ins Englische: {text}", "Übersetze das bitte auf {language}: {text}", "Traduce este texto al inglés: {text}", "Traduce al {language}: {text}",
            "Traduis cette phrase en anglais : {text}", "Traduza o texto para {language}: {text}", "Traduci in {language}: {text}", "Переведи на английский: {text}", "Put this e-mail about {topic} into natural {language}: {text}",
            "Render this passage in {language} and keep the tone. {text}", "What does this {language} sentence mean in English? {text}", "Translate \"{topic}\" to {language}",
        ]),
        (TaskKind.Summarization,
        [
            "Summarize the following article: {text}", "Summarize this in three bullet points:\n{text}", "Write a summary of the {topic} report. {text}", "tl;dr {text}", "{text}\n\nTL;DR?", "Give me the key points of this text: {text}",
            "Condense this into one sentence: {text}", "What are the main points of this? {text}", "Shorten the following to fifty words: {text}", "Give a brief overview of the document below.\n\n{text}", "Can you recap the meeting about {topic}? {text}",
            "Write an executive summary of the {topic} plan.", "Boil this down to the essentials: {text}", "In a nutshell, what does this say? {text}", "Provide a concise summary of the conversation below.\n{text}", "Summarise the key takeaways of this article on {topic}.",
            "Make a short abstract of the following: {text}", "Fasse den folgenden Text zusammen: {text}", "Resume el siguiente texto en dos frases: {text}", "Résume cet article en trois points : {text}", "summarize the text above", "{text}\nSummarize the above in one paragraph.", "Here are my notes on {topic}. Give me the gist. {text}", "Sum up this thread for me: {text}", "I have no time to read this, what's the short version? {text}",
        ]),
        (TaskKind.Rag,
        [
            "Based on the following context, what happened to {topic}? Context: {text}", "Answer the question using only the passage below.\n\nPassage: {text}\n\nQuestion: who is mentioned?", "According to the {topic} handbook, how long does it take?", "Context: {text}\nQuestion: What changed?\nAnswer:",
            "Read the text and answer: {text} What caused the problem?", "{text}\n\nFrom the passage above, when did it begin?", "Use the documents provided to answer the question and cite the source. {text} Question: where does it take place?", "What does our policy say about {topic}?", "What does the attached document say about {topic}?",
            "Given the excerpt below, how many people are involved?\n{text}", "Using the information in this article, answer the question: why did they decide so? {text}", "Question: who runs {topic}? Use this paragraph: {text}", "I read this: {text} Which word in it answers what was affected?", "Look in the knowledge base: how do I cancel {topic}?",
            "{text}\n\nQ: What was the result?\nA:", "Find in the contract the clause about {topic} and quote it.", "Extract the answer from the paragraph. {text} Question: what is it about?", "Does the text say whether {topic} is allowed? {text}", "Beantworte die Frage anhand des Textes: {text} Frage: Wann beginnt es?", "Responde según el contexto: {text} ¿Quién es responsable?", "Where in the manual is {topic} explained?",
        ]),
        (TaskKind.Analysis,
        [
            "Analyze the {topic} market and its risks.", "Compare {topic} and its alternatives: pros and cons.", "What are the advantages and disadvantages of {topic}?", "Evaluate the strengths and weaknesses of this argument: {text}", "Is the sentiment of this review positive or negative? {text}", "Classify the following text by topic: {text}",
            "Which category does this belong to: sports, business, science or politics? {text}", "What is the tone of this message? {text}", "What are the implications of rising costs for {topic}?", "Assess the impact of {topic} on small companies.", "Do these two sentences mean the same? 1. {text} 2. {text}", "Rate this review from one to five stars: {text}",
            "Why did our {topic} numbers fall last quarter? Find the root causes.", "Review this plan for {topic} critically. {text}", "Make a SWOT analysis of {topic}.", "Interpret these results: {text}", "What trends do you see in {topic}?", "Critique this proposal. {text}", "Which of the two options is better for {topic} and why?", "Identify the key factors behind {topic}.", "How would you judge the evidence for {topic}?",
            "Examine the causes and effects of {topic}.", "Analysiere die Vor- und Nachteile von {topic}.", "Compara las ventajas de {topic} con sus riesgos.", "Did the reviewer like it? {text}", "What emotion does the writer express? {text}", "Discuss the ethical side of {topic}.", "Explain the differences between {topic} and what came before it.",
        ]),
        (TaskKind.Creative,
        [
            "Write a poem about {topic}.", "Write a short story about {topic}", "Come up with a slogan for {topic}.", "Compose a song about {topic}.", "Imagine you are {topic}. Write a letter home.", "Write a funny speech about {topic} for a wedding.", "Invent a character who loves {topic}.", "Tell me a bedtime story with {topic} in it.", "Write a blog post about {topic} in a cheerful tone.",
            "Give me ten names for a company in {topic}.", "Write a dialogue between two friends about {topic}.", "Continue this story: {text}", "Write a haiku on {topic}", "Describe {topic} as a medieval bard would.", "Draft a tagline and an advertisement for {topic}.", "Write the opening scene of a novel set around {topic}.", "Schreibe ein Gedicht über {topic}", "Escribe un cuento sobre {topic}.", "Écris une chanson sur {topic}.", "Pretend to be a pirate and talk about {topic}.", "Write a sentence that uses the words {topic}, river and lamp.",
            "Make up a legend about {topic}.", "Write a love letter that mentions {topic}.",
        ]),
        (TaskKind.Chat,
        [
            "hello", "Hi there!", "hey, how's it going?", "good morning", "thanks a lot!", "who are you", "What can you do?", "What is {topic}?", "Who invented {topic}?", "Where can I find {topic} nearby?", "Can you recommend something about {topic}?", "What do you think of {topic}?", "When is the best time for {topic}?", "Tell me about {topic}.",
            "How was your day?", "I'm bored, any ideas?", "What should I cook for dinner?", "My friend is sad, what should I say?", "Which film should I watch tonight?", "I would like some advice on {topic}.", "ok", "sounds good, go on", "What is the capital of Portugal?", "Do you like {topic}?", "Hallo, wie geht es dir?", "¿Qué tal?", "Let's talk about {topic}.", "Any tips for {topic}?", "I had a bad day.", "Was ist {topic}?",
        ]),
        (TaskKind.Reasoning,
        [
            "Solve 5x - 7 = 18 for x", "Prove that the sum of two odd numbers is even.", "If a car drives 80 km in 50 minutes, how far does it get in 2 hours?", "What is the probability of drawing two red cards?", "There are four houses in a row and every one has another colour. Who owns {topic}? Think step by step.", "Mia has 14 apples, gives away 5 and buys twice as many. How many does she have?", "Find the derivative of x^3 sin(x).", "Which of these must be true?\nA. all\nB. some\nC. none\nD. not enough information\nAnswer:",
            "A shop sells {topic} for $12 with 15% off. How much do 3 cost?", "All dogs are animals. Some animals swim. Do all dogs swim? Explain the logic.", "Calculate the integral of 1/x from 1 to e.", "What number comes next: 2, 6, 12, 20?", "Let n be a positive integer. Show that n^2 + n is even.", "Solve this riddle: what has keys and opens no lock?", "One of three people always lies. Who took {topic}?", "How many ways are there to seat 5 people at a round table?", "Determine whether the series converges and justify your steps.", "Berechne die Summe aller Zahlen von 1 bis 200.", "Demuestra que raíz de 3 es irracional.", "If it rains, {topic} closes. It is open. What follows?",
        ]),
        (TaskKind.Code,
        [
            "Write a Python function that parses {topic}.", "Why does this throw an exception?\n```\nvar x = items[5];\n```", "Refactor this class to use dependency injection", "How do I sort a list of objects in JavaScript?", "Fix this bug: TypeError: cannot read property 'name' of undefined", "Write a SQL query that joins orders with customers", "Write a regex that matches dates", "Create a REST endpoint for {topic} in C#.", "Traceback (most recent call last):\n  File \"main.py\", line 12\nKeyError: 'id'", "Implement a binary tree in Rust.", "Add unit tests for this function", "Explain what this code does:\nfor (int i = 0; i < n; i++) sum += a[i];",
            "How can I deploy {topic} with Docker?", "Convert this script from bash to PowerShell.", "My CSS grid overflows on mobile, how do I fix it?", "git says merge conflict, what now?", "Schreibe eine Funktion, die Primzahlen findet.", "Escribe un programa en Java que lea un archivo.", "Make this query faster: SELECT * FROM t WHERE lower(name) = 'a'", "Write a script that renames all files of {topic}.", "Review my pull request for thread safety.", "What is the time complexity of this loop?", "error CS0103: The name 'x' does not exist in the current context", "npm install fails with ERESOLVE",
        ]),
    ];

    private static readonly string[] Topics =
    [
        "the weather", "remote work", "electric cars", "coffee", "old bridges", "tax returns", "home gardens", "football", "the moon", "our product launch", "solar power", "a lost cat", "city buses", "parental leave", "refunds", "the warranty",
        "online courses", "jazz", "the harbour", "climate policy", "a new phone", "train travel", "wild bees", "school lunches", "the budget", "rent control", "chess", "bread", "mountain huts", "customer churn", "vaccines", "tea", "glass art", "a robot", "winter", "open source",
    ];

    private static readonly string[] Languages = ["French", "German", "Spanish", "Japanese", "Italian", "Portuguese", "Russian", "Korean", "Arabic", "Dutch", "Polish", "Turkish", "Hindi", "Chinese", "English", "Swedish"];

    private static readonly string[] Texts =
    [
        "The council met on Tuesday and agreed to repair the bridge before winter. Two members voted against it because of the cost.",
        "The food was cold and the waiter was rude, but the music made up for some of it.",
        "Researchers found that birds near airports sing earlier in the day. They recorded four species over two years and compared them with birds in quiet woods.",
        "Dear team, the server was down for an hour this morning. We restarted it, and a fix will follow on Friday.",
        "Sales rose by 12 percent in the north and fell in the south. Management blames late deliveries and wants to open a second warehouse.",
        "Once the storm had passed, the old keeper climbed the stairs and lit the lamp again.",
        "The company was founded in 1987 by two sisters in a garage. It employs about 300 people today and makes parts for bicycles.",
        "I bought this kettle in May. It boils fast, it is quiet, and the handle stays cool. I would buy it again.",
        "Where is the train station?",
        "Anna: Are you coming tonight? Ben: I have to work late. Anna: Then let us meet on Sunday. Ben: Sunday is fine, I will bring the cake.",
        "A film that promises much and keeps little: the first hour drags, and the ending explains everything twice.",
        "Police said on Monday that the road would stay closed until the rocks had been removed. Drivers are asked to take the valley route.",
        "Water expands when it freezes, which is why pipes burst in cold winters.",
        "The court ruled that the contract had ended in March and that the tenant owed nothing for the months after.",
        "The weather is nice today and we are going to the park with the children.",
        "Shares of the airline fell after it cut its forecast for the year; fuel had cost more than expected, and fewer people flew on business.",
    ];

    public static List<LabelledPrompt> All()
    {
        var chance = new Chance(5);
        var prompts = new List<LabelledPrompt>();
        foreach (var (task, requests) in Written)
        {
            foreach (var request in requests)
            {
                var fillings = request.Contains('{', StringComparison.Ordinal) ? FillingsEach : 2;
                for (var i = 0; i < fillings; i++)
                    prompts.Add(new LabelledPrompt(Fill(request, chance), task, Source, ""));
            }
        }

        return prompts;
    }

    private static string Fill(string request, Chance chance)
    {
        var material = Pick(Texts, chance);
        for (var more = chance.Below(5); more > 1; more--)
            material = $"{material} {Pick(Texts, chance)}";
        return request
            .Replace(Topic, Pick(Topics, chance), StringComparison.Ordinal)
            .Replace(Language, Pick(Languages, chance), StringComparison.Ordinal)
            .Replace(Material, material, StringComparison.Ordinal);
    }

    private static string Pick(string[] choices, Chance chance) => choices[chance.Below(choices.Length)];
}
