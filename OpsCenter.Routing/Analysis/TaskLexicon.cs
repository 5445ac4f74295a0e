using System.Collections.Frozen;
using OpsCenter.Contracts;

namespace OpsCenter.Routing.Analysis;

/// <summary>
/// Words and phrases that speak for a task, with the strength of their vote. Written by hand, mostly English, with the
/// commonest verbs of a few other languages. Long words are also known by their likely misspellings.
/// </summary>
internal static class TaskLexicon
{
    /// <summary>Shorter words become other words by one slip, so they are only known as they are spelt.</summary>
    private const int ShortestMisspelt = 7;

    private static readonly (TaskKind Task, float Vote, string Words)[] Entries =
    [
        (TaskKind.Code, 3, "code|function|python|javascript|typescript|java|c#|c++|golang|rust|kotlin|php|ruby|sql|html|css|regex|refactor|debug|compile|compiler|unittest|pytest|numpy|pandas|api|endpoint|dockerfile|kubernetes|bash|powershell|git|npm|async|nullpointerexception|stacktrace|traceback|typeerror|valueerror|segfault|def|printf|struct|enum|boolean|webpack|react|django|flask|linq|dotnet|regexp|yaml|leetcode|html5|jquery|svelte|nodejs|postgres|postgresql|mysql|sqlite|mongodb|terraform|programm|funktion|código|funcion|función|fonction|программу|код|función"),
        (TaskKind.Code, 2, "script|bug|algorithm|implement|class|method|array|loop|variable|database|query|exception|syntax|string|compile|deploy|docker|json|xml|recursion|recursive|iterate|sort|binary|parser|library|framework|repository|programming|program|software|tuple|dictionary|subclass|constructor|import|return|cli|backend|frontend|middleware|websocket|thread|mutex|deadlock|codebase|developer|snippet|commit|unit|test|tests|runtime|optimize|stdin|stdout|url|crud|schema|orm"),
        (TaskKind.Code, 3, "write a function|fix this|fix the|unit test|unit tests|stack trace|pull request|code review|data structure|time complexity|linked list|hash map|command line|shell script|rest api|sql query|regular expression|how do i implement|create a class|build an app|write a program|write a script|web page|null reference|segmentation fault|merge conflict|type error|select from|type hints"),
        (TaskKind.Rag, 4, "answer the question|following question|question about|i read|read the following|extract the|paragraph below|the background|based on the|based on this|given the context|given the following|according to the|from the document|in the document|the document|the documents|using the context|the following context|the context|context below|the passage|this passage|following passage|the article|following article|the text above|the report|the attached|attached file|the excerpt|the knowledge|provided context|provided documents|the transcript says|cite the|only the information|the source|the sources|using only|the manual|the contract|our policy|the policy|knowledge base|our handbook|the handbook|the paragraph|following paragraph|the provided"),
        (TaskKind.Rag, 2, "context|passage|excerpt|document|documents|documentation|retrieved|cite|citation|sources|handbook|paragraph|attached|pdf"),
        (TaskKind.Creative, 4, "poem|poems|haiku|limerick|sonnet|lyrics|story|stories|fairytale|screenplay|ballad|fanfiction|slogan|tagline|fable|gedicht|geschichte|poema|poème|cuento|histoire|canción|chanson|стихотворение|рассказ|storyline|worldbuilding|roleplay|monologue"),
        (TaskKind.Creative, 1.2f, "write|writing|describe"),
        (TaskKind.Creative, 2, "creative|essay|lyric|chapter|villain|hero|kingdom|magical|wizard|vampire|persona|fiction|fictional|novel|character|characters|plot|dialogue|song|rap|joke|jokes|imagine|imaginative|invent|compose|fantasy|verse|rhyme|rhymes|rhyming|metaphor|narrative|scene|protagonist|brainstorm|catchy|headline|speech|toast|letter|blog|caption|captions|birthday|adventure|dragon|pirate|once|whimsical|funny|humorous|advertisement|script"),
        (TaskKind.Creative, 3, "write a poem|write a story|write a song|short story|come up with|blog post|in the style of|bedtime story|opening line|role play|once upon|pretend to|pretend you|you are a|act as|love letter|cover letter|product description|make up a|write an essay|wedding speech|tell me a|marketing copy|social media|a name for|names for"),
        (TaskKind.Analysis, 3.5f, "analyze|analyse|analysis|compare|contrast|evaluate|critique|assess|assessment|sentiment|classify|comparison|tradeoffs|analysiere|vergleiche|analiza|compara|analyser|comparer|сравни|проанализируй|swot|categorize|diagnose|interpret"),
        (TaskKind.Analysis, 2, "trends|trend|insights|difference|differences|implications|impact|strengths|weaknesses|advantages|disadvantages|examine|investigate|review|metrics|dataset|statistics|correlation|survey|quarterly|revenue|churn|market|competitors|risk|risks|factors|causes|recommend|evidence|evaluation|argument|effect|effects|identify|positive|negative|extract|spreadsheet|outliers"),
        (TaskKind.Analysis, 4, "pros and cons|trade offs|difference between|differences between|similarities and differences|strengths and weaknesses|root cause|compare and contrast|advantages and disadvantages|positive or negative|which is better|what patterns|cost benefit|evaluate the|review of|key factors|is better for"),
        (TaskKind.Translation, 7, "translate|translation|translating|übersetze|übersetzen|traduce|traducir|traduis|traduire|traduzir|traduza|traduci|переведи|перевод|vertaal|çevir|dịch"),
        (TaskKind.Translation, 4, "into english|into french|into german|into spanish|into japanese|into chinese|into italian|to english|to french|to german|to spanish|to japanese|to chinese|to italian|to portuguese|to russian|to korean|to arabic|to hindi|to dutch|to polish|to turkish|into portuguese|into russian|into korean|into arabic|into hindi|into dutch|into polish|into turkish|in french|in german|in spanish|in japanese|in italian|ins deutsche|auf englisch|en français|en español|en inglés|al español|to latin|into latin|to swedish|into swedish|into modern english"),
        (TaskKind.Translation, 3, "how do you say|how would you say|how do i say|how can i say|how would i say|how to say|in spanish|in chinese|in russian|in korean|in portuguese|in german|what does mean in|localize this|from english|from french|from german|from spanish|from japanese|from chinese|from russian|in english mean"),
        (TaskKind.Translation, 2, "localize|localise|bilingual|transliterate"),
        (TaskKind.Summarization, 5, "summarize|summarise|summary|summaries|summarization|summarizing|tldr|condense|recap|synopsis|zusammenfassen|zusammenfassung|resume|resumen|resumir|résume|résumer|résumé|resuma|riassumi|суммируй|резюмируй|outline|abridge|paraphrase"),
        (TaskKind.Summarization, 5, "tl dr|key points|main points|key takeaways|in one sentence|in a nutshell|boil down|boil this|fasse zusammen|bullet points|short version|executive summary|main ideas|main idea|the gist|gist of|shorten this|meeting notes|action items|in three sentences|in two sentences"),
        (TaskKind.Summarization, 2, "shorten|shorter|brief|briefly|concise|takeaways|gist|digest|minutes"),
        (TaskKind.Reasoning, 4, "prove|proof|theorem|solve|equation|equations|integral|derivative|probability|calculate|puzzle|riddle|logic|deduce|beweise|berechne|calcula|calcule|résous|resuelve|lemma|polynomial|докажи|вычисли|решите|eigenvalue|eigenvalues|syllogism|congruent|induction"),
        (TaskKind.Reasoning, 2, "compute|determine|integers|integer|real|positive|convex|finite|continuous|sequence|clues|clue|houses|neighbor|suppose|denote|frac|sqrt|mathbb|cdot|theta|leq|geq|modulo|digits|digit|circle|rectangle|inequality|math|mathematics|algebra|geometry|arithmetic|triangle|prime|divisible|remainder|percent|percentage|sum|average|velocity|speed|distance|therefore|hypothesis|infer|logical|logically|reasoning|contradiction|premise|physics|chemistry|mass|force|graph|matrix|vector|constraint|constraints|optimal|schedule|strategy|plan|total|ratio|angle|radius|circumference|hours|miles|km|dice|coin|coins|odds|permutations|combinations|interest|twice"),
        (TaskKind.Reasoning, 4, "let be|find all|show that|prove that|what is the value|in a row|given that|how far|how long|how old|real number|real numbers|natural number|positive integer|left of|right of|step by step|how many|how much|think through|chain of thought|show your work|show your reasoning|what is the probability|find the value|word problem|if and only|is it possible|must be true|which of the following|let x|for all|schritt für schritt|paso a paso|étape par étape|how long will|how long does|at what time|who is lying|expected value|next number|square root"),
        (TaskKind.Chat, 3, "hello|hi|hey|thanks|thank|hallo|hola|bonjour|привет|ciao|namaste|greetings|goodnight|howdy"),
        (TaskKind.Chat, 2.5f, "how are you|how's it going|good morning|good evening|what's up|nice to meet|thank you|can you help|tell me about|who are you|what can you|your name|how was your|do you like|what do you think|i feel|i'm feeling|my day|any advice|i need advice|what should i|recommend a|capital of|favorite"),
        (TaskKind.Chat, 1, "who|when|where|weather|recipe|movie|dinner|weekend|feeling|advice|please|opinion|chat|talk"),
    ];

    /// <summary>Phrases of scripts that put no spaces between words; looked for only where such a script occurs.</summary>
    private static readonly (TaskKind Task, double Vote, string Phrase)[] Cjk =
    [
        (TaskKind.Translation, 5, "翻译"), (TaskKind.Translation, 5, "翻譯"), (TaskKind.Translation, 5, "翻訳"), (TaskKind.Translation, 5, "번역"),
        (TaskKind.Summarization, 5, "总结"), (TaskKind.Summarization, 5, "概括"), (TaskKind.Summarization, 5, "要約"), (TaskKind.Summarization, 5, "요약"),
        (TaskKind.Code, 4, "代码"), (TaskKind.Code, 4, "函数"), (TaskKind.Code, 4, "编程"), (TaskKind.Code, 4, "コード"), (TaskKind.Code, 4, "関数"), (TaskKind.Code, 4, "코드"),
        (TaskKind.Creative, 4, "一首诗"), (TaskKind.Creative, 4, "故事"), (TaskKind.Creative, 4, "物語"), (TaskKind.Creative, 4, "俳句"), (TaskKind.Creative, 4, "시를"),
        (TaskKind.Analysis, 4, "分析"), (TaskKind.Analysis, 4, "比较"), (TaskKind.Analysis, 4, "比較"), (TaskKind.Analysis, 4, "분석"),
        (TaskKind.Reasoning, 4, "证明"), (TaskKind.Reasoning, 4, "計算"), (TaskKind.Reasoning, 4, "计算"), (TaskKind.Reasoning, 4, "一步一步"), (TaskKind.Reasoning, 4, "증명"),
        (TaskKind.Rag, 4, "根据以下"), (TaskKind.Rag, 4, "文書によると"), (TaskKind.Rag, 4, "根据文档"),
        (TaskKind.Chat, 3, "你好"), (TaskKind.Chat, 3, "こんにちは"), (TaskKind.Chat, 3, "안녕"),
    ];

    private static readonly FrozenDictionary<string, float[]> Words = Compile(phrases: false);
    private static readonly FrozenDictionary<string, float[]> Phrases = Compile(phrases: true);
    private static readonly FrozenDictionary<string, float[]>.AlternateLookup<ReadOnlySpan<char>> ByWord = Words.GetAlternateLookup<ReadOnlySpan<char>>();
    private static readonly FrozenDictionary<string, float[]>.AlternateLookup<ReadOnlySpan<char>> ByPhrase = Phrases.GetAlternateLookup<ReadOnlySpan<char>>();

    private static readonly FrozenSet<string>.AlternateLookup<ReadOnlySpan<char>> Polite = FrozenSet.ToFrozenSet(
        ["please", "can", "could", "would", "will", "you", "kindly", "help", "me", "i", "want", "need", "to", "the", "a", "an", "this", "bitte", "por", "favor"],
        StringComparer.Ordinal).GetAlternateLookup<ReadOnlySpan<char>>();

    /// <summary>Words that an order begins with without being any of it.</summary>
    public static bool IsPolite(ReadOnlySpan<char> word) => Polite.Contains(word);

    public static void CountWord(ReadOnlySpan<char> word, double share, Span<double> votes)
    {
        if (ByWord.TryGetValue(word, out var found))
            Add(found, share, votes);
    }

    /// <param name="phrase">Two or three words, lower case, one space apart.</param>
    /// <param name="share">How much of the vote counts.</param>
    /// <param name="votes">By task.</param>
    public static void CountPhrase(ReadOnlySpan<char> phrase, double share, Span<double> votes)
    {
        if (ByPhrase.TryGetValue(phrase, out var found))
            Add(found, share, votes);
    }

    public static void CountCjk(ReadOnlySpan<char> text, Span<double> votes)
    {
        foreach (var (task, vote, phrase) in Cjk)
        {
            if (text.Contains(phrase, StringComparison.Ordinal))
                votes[(int)task] += vote;
        }
    }

    private static void Add(float[] found, double share, Span<double> votes)
    {
        for (var task = 0; task < found.Length; task++)
            votes[task] += found[task] * share;
    }

    private static FrozenDictionary<string, float[]> Compile(bool phrases)
    {
        var compiled = new Dictionary<string, float[]>(StringComparer.Ordinal);
        foreach (var (task, vote, words) in Entries)
        {
            foreach (var word in words.Split('|').Where(word => word.Contains(' ', StringComparison.Ordinal) == phrases))
            {
                if (!compiled.TryGetValue(word, out var votes))
                    compiled.Add(word, votes = new float[Enum.GetValues<TaskKind>().Length]);
                votes[(int)task] = Math.Max(votes[(int)task], vote);
            }
        }

        if (!phrases)
        {
            foreach (var (word, votes) in compiled.ToArray())
            {
                foreach (var slip in Misspell(word))
                    compiled.TryAdd(slip, votes);
            }
        }

        return compiled.ToFrozenDictionary(StringComparer.Ordinal);
    }

    /// <summary>One letter dropped, one doubled, two swapped.</summary>
    private static IEnumerable<string> Misspell(string word)
    {
        if (word.Length < ShortestMisspelt)
            yield break;
        for (var i = 0; i < word.Length; i++)
        {
            yield return word.Remove(i, 1);
            yield return word.Insert(i, word[i].ToString());
            if (i + 1 < word.Length)
                yield return string.Concat(word.AsSpan(0, i), [word[i + 1], word[i]], word.AsSpan(i + 2));
        }
    }
}
