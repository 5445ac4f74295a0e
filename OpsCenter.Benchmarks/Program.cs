using OpsCenter.Benchmarks;
using OpsCenter.Benchmarks.Training;

switch (args.FirstOrDefault())
{
    case "ledger":
        await LedgerBenchmark.RunAsync(args[1..]);
        break;
    case "router":
        RouterBenchmark.Run(args[1..]);
        break;
    case "train-router":
        RouterTrainer.Run(args[1..]);
        break;
    case "route-eval":
        return RouteEvaluation.Run(args[1..]);
    case "overhead":
        await OverheadBenchmark.RunAsync();
        break;
    default:
        Console.WriteLine("Benchmarks: ledger | router [DATA] | train-router [DATA] [OUT] | route-eval FILE | overhead");
        break;
}

return 0;
