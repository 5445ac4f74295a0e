using OpsCenter.Benchmarks;

switch (args.FirstOrDefault())
{
    case "ledger":
        await LedgerBenchmark.RunAsync(args[1..]);
        break;
    case "overhead":
        await OverheadBenchmark.RunAsync();
        break;
    default:
        Console.WriteLine("Benchmarks: ledger | router | overhead");
        break;
}
