using OpsCenter.Contracts;

namespace OpsCenter.Benchmarks.Training;

/// <summary>
/// Which of the eight tasks a public prompt is, by what its own source calls it. Null leaves the prompt out: it is of no one
/// of the eight (rewriting, tool protocols, safety probes), or its text alone does not say of which.
/// </summary>
internal static class TaskLabels
{
    /// <summary>Assistant commands and small talk are chat. What computes or converts is neither clearly chat nor reasoning.</summary>
    public static TaskKind? Clinc(string intent) => intent switch
    {
        "translate" => TaskKind.Translation,
        "calculator" or "measurement_conversion" or "exchange_rate" or "tell_joke" or "spelling" or "definition" or "distance" or "time" or "timezone" => null,
        _ => TaskKind.Chat,
    };

    /// <summary>
    /// Turns of a conversation whose difficulty is the conversation itself are chat; rewriting and correcting oneself are of
    /// no one task, and in SI the task differs from dialogue to dialogue.
    /// </summary>
    public static TaskKind? MtBench101(string task) => task switch
    {
        "MR" or "GR" => TaskKind.Reasoning,
        "CM" or "AR" or "TS" or "CC" or "PI" or "IC" => TaskKind.Chat,
        _ => null,
    };

    public static TaskKind? Biggen(string task) => task switch
    {
        "deductive" or "abductive" or "inductive" or "competition_mwp" or "high_school_mwp" or "first_order_logic"
            or "math_proof" or "multilingual_reasoning" or "multistep_tom" => TaskKind.Reasoning,
        "table_reason" or "legal_reason" or "hypothesis_proposal" or "llm_judge_absolute" or "llm_judge_relative"
            or "historical_text_comprehension" or "cultural_awareness" or "global_opinions" or "humor_understanding"
            or "guess_the_emotion" or "faux_pas_explanation" or "determine_what_is_wrong" => TaskKind.Analysis,
        "robust_translation" => TaskKind.Translation,
        "poem_writing" or "writing_a_speech" or "role_playing" or "lexical_constraint" or "time_traveler_dilemma" => TaskKind.Creative,
        "coding_for_math" or "tool_making" or "code_revision" or "executable_actions" or "api_documentation" => TaskKind.Code,
        "multi_source" or "false_context" or "temporal_grounding" => TaskKind.Rag,
        "response_generation" or "honesty" or "moral_belief" or "item_recommendation" => TaskKind.Chat,
        _ => null,
    };

    public static TaskKind? ArenaHard(string subcategory, string cluster) => subcategory switch
    {
        "coding" => TaskKind.Code,
        "math" => TaskKind.Reasoning,
        "creative_writing" => TaskKind.Creative,
        _ => ArenaCluster(cluster),
    };

    /// <summary>
    /// What is asked without its material or its choices (commonsense_qa, openbook_qa, a bare list of words in commongen)
    /// says nothing of a task. GSM8K's questions, and their translations in mgsm, are held out.
    /// </summary>
    public static TaskKind? LlmRouter(string task) => task switch
    {
        "math" or "agentverse-logicgrid" or "gpqa" or "arc_challenge" or "mmlu" => TaskKind.Reasoning,
        "mbpp" or "human_eval" => TaskKind.Code,
        "natural_qa" or "trivia_qa" => TaskKind.Chat,
        _ => null,
    };

    /// <summary>The instruction templates are named data set first, then what is asked of it.</summary>
    public static TaskKind? Template(string name)
    {
        if (Any(name, "summar", "tldr", "TLDR", "sum_up", "Sum_up", "nutshell", "2_or_3_sentences", "news_card", "news_stock", "sum_in_brief", "distill", "synthesize", "key_points", "boils_down", "I_recap", "write_abstract", "rephrase_few_words", "write_one_sentence", "write_an_outline"))
            return Any(name, "match_this_summary") ? TaskKind.Creative : TaskKind.Summarization;
        if (Any(name, "generate_story", "spice_up_story", "reverse_writing", "write_an_article", "write_its_sentence", "expand_reverse", "generate_review", "build_story", "first_utterance", "last_utterance"))
            return TaskKind.Creative;
        if (Starts(name, "common_gen_Given", "common_gen_Put", "common_gen_Example", "common_gen_random", "common_gen_topic_to"))
            return TaskKind.Creative;
        if (Starts(name, "ag_news_", "amazon_polarity_", "app_reviews_", "imdb_", "rotten_tomatoes_", "yelp_", "dbpedia_", "trec_"))
            return Any(name, "Negation_template") ? null : TaskKind.Analysis;
        if (Any(name, "generate_question", "Generate_Question", "paraphrase", "title", "Title", "decide_worth", "movie_director", "description_question_text", "generate_sentence", "glue_mrpc_replace", "tell_what_it_is"))
            return name.StartsWith("cosmos", StringComparison.Ordinal) ? TaskKind.Rag : null;
        if (Starts(name, "glue_", "paws_"))
            return TaskKind.Analysis;
        if (name.Contains("Closed_Book", StringComparison.Ordinal) || name == "wiki_qa_Direct_Answer_to_Question" || name.StartsWith("kilt_", StringComparison.Ordinal))
            return Any(name, "Multiple_Choice") ? TaskKind.Reasoning : TaskKind.Chat;
        if (Starts(name, "adversarial_qa_", "cosmos_qa_context", "cosmos_qa_description", "dream_", "duorc_", "quoref_", "ropes_", "quartz_", "sciq_"))
            return TaskKind.Rag;
        if (Starts(name, "quarel_", "commonsense_qa_", "qasc_qa", "wiqa_effect", "wiqa_does"))
            return TaskKind.Reasoning;
        return null;
    }

    /// <summary>Seed tasks by their names, those whose name says it.</summary>
    public static TaskKind? Seed(string name)
    {
        if (Any(name, "python", "code", "comments", "htlm", "regular_expression", "javascript", "program", "sql"))
            return TaskKind.Code;
        if (Any(name, "summar"))
            return TaskKind.Summarization;
        if (Any(name, "translation"))
            return TaskKind.Translation;
        if (Any(name, "math", "equation", "subset_of_numbers", "perfect_numbers", "syllogism", "chess_puzzle"))
            return TaskKind.Reasoning;
        if (Any(name, "haiku", "opening", "story", "joke", "lyrics", "movie_ending", "cover_letter", "product_description", "new_ice_cream", "recommendation_letter", "metaphor", "writing_article"))
            return TaskKind.Creative;
        if (Any(name, "classification", "detection", "identification", "sentiment", "stereotype", "pros_and_cons", "ethical", "news_impact", "explain_behavior", "dialogue_satisfaction"))
            return TaskKind.Analysis;
        if (Any(name, "suggestion", "recommendation", "grocery", "chat_response", "start_conversation", "cooking", "cocktails", "proverbs", "snack", "lunch", "workout", "exercise"))
            return TaskKind.Chat;
        return name is "question_answering" or "most_relevant_passage" or "numerical_question_answering" ? TaskKind.Rag : null;
    }

    /// <summary>Of the user-oriented instructions only the applications that are about programs say their task.</summary>
    public static TaskKind? Application(string application) => application switch
    {
        "StackOverflow" or "GeeksforGeeks" or "Leetcode" or "w3schools" => TaskKind.Code,
        "Messenger" => TaskKind.Chat,
        _ => null,
    };

    private static TaskKind? ArenaCluster(string cluster)
    {
        if (Any(cluster, "Code", "Coding", "Python", "C++", "SQL", "Docker", "Rust", "TypeScript", "JavaScript", "Regex", "Matplotlib", "Android Development", "CSS", "Django", "Flask", "Kotlin", "Laravel", "Kubernetes", "Linked List", "Node.js", "PHP", "PyTorch", "React", "Scripting", "Swift", "Symfony", "Tailwind", "Tkinter", "WPF", "Web Development", "Web Scraping", "Streamlit", "Shiny", "Tidyverse", "Mocking", "Cron Job", "HDL", "HLSL", "JAX", "Roblox", "Discord Bot", "CUDA", "VBA", "Odoo", "Awk", "Browser Extensions", "Gradio", "String Reversal", "FFmpeg"))
            return TaskKind.Code;
        if (Any(cluster, "Algebra", "Math", "Probability", "Prime", "Puzzle", "Irrationality", "Real Analysis", "Geometry", "Train Time", "Investment Growth", "Pricing Mathematics", "Calculations", "Ball Difference", "Plate Stacks"))
            return TaskKind.Reasoning;
        if (Any(cluster, "Analysis", "Strategies", "Trends", "Startup", "Comparative", "Skepticism", "Profitability", "Controversy", "Expert Panel"))
            return TaskKind.Analysis;
        return Any(cluster, "RPG", "Satire", "Rehearsed", "Folk") ? TaskKind.Creative : null;
    }

    private static bool Any(string name, params ReadOnlySpan<string> parts)
    {
        foreach (var part in parts)
        {
            if (name.Contains(part, StringComparison.Ordinal))
                return true;
        }

        return false;
    }

    private static bool Starts(string name, params ReadOnlySpan<string> parts)
    {
        foreach (var part in parts)
        {
            if (name.StartsWith(part, StringComparison.Ordinal))
                return true;
        }

        return false;
    }
}
