using System.Runtime.CompilerServices;
using OpsCenter.Contracts;

namespace OpsCenter.Routing.Analysis;

/// <summary>A probability for every task.</summary>
[InlineArray(Tasks)]
internal struct TaskPosterior
{
    public const int Tasks = 8;

    private float _first;

    public readonly TaskShare Top(TaskKind? but = null, TaskKind? andBut = null)
    {
        var top = new TaskShare(default, -1);
        for (var task = 0; task < Tasks; task++)
        {
            if (this[task] > top.Share && (TaskKind)task != but && (TaskKind)task != andBut)
                top = new TaskShare((TaskKind)task, this[task]);
        }

        return top;
    }
}
