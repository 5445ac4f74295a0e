using OpsCenter.Contracts;

namespace OpsCenter.Routing.Analysis;

/// <summary>What kind of work a request is, how sure that is, and how hard it looks; the last two in [0, 1].</summary>
public readonly record struct TaskReading(TaskKind Task, double Confidence, double Complexity)
{
    /// <summary>What else it may be, most likely first; without a share where that is not known.</summary>
    public TaskShare Second { get; init; }

    public TaskShare Third { get; init; }
}

/// <summary>A task with its probability.</summary>
public readonly record struct TaskShare(TaskKind Task, double Share);
