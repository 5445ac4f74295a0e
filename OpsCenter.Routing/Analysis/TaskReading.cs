using OpsCenter.Contracts;

namespace OpsCenter.Routing.Analysis;

/// <summary>What kind of work a request is, how sure that is, and how hard it looks; the last two in [0, 1].</summary>
public readonly record struct TaskReading(TaskKind Task, double Confidence, double Complexity);
