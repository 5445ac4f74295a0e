using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Options;
using Npgsql;

namespace OpsCenter.Standalone;

/// <summary>What the person at the terminal reads: progress, the table, or one sentence that says what to do.</summary>
internal sealed class Terminal(TextWriter output, TextWriter errors)
{
    private readonly TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Completes when the table has been shown.</summary>
    public Task Ready => _ready.Task;

    public bool IsReady => Ready.IsCompleted;

    /// <summary>Runs the program and gives its exit code. What a person can mend is told in a sentence; a fault of ours keeps its stack trace.</summary>
    public async Task<int> RunAsync(Func<Task> program)
    {
        try
        {
            await program();
            return 0;
        }
        catch (OperationCanceledException) when (!IsReady)
        {
            await errors.WriteLineAsync("Stopped before it was ready.");
            return 130;
        }
        catch (Exception fault) when (Explain(fault) is { } sentences)
        {
            foreach (var sentence in sentences)
                await errors.WriteLineAsync(sentence);
            return 1;
        }
    }

    public void Say(string sentence) => output.WriteLine(sentence);

    public void Show(ReadyTable table)
    {
        output.WriteLine(table);
        _ready.SetResult();
    }

    private static IEnumerable<string>? Explain(Exception fault) => fault switch
    {
        StandaloneException => [fault.Message],
        OptionsValidationException options => options.Failures,
        AggregateException several when several.InnerExceptions.All(one => one is OptionsValidationException) =>
            several.InnerExceptions.Cast<OptionsValidationException>().SelectMany(one => one.Failures),
        IOException { InnerException: AddressInUseException } => [fault.Message],
        InvalidOperationException when fault.GetBaseException() is NpgsqlException or System.Net.Sockets.SocketException => [fault.Message],
        NpgsqlException => [$"PostgreSQL does not let OpsCenter in: {fault.Message}"],
        _ => null,
    };
}
