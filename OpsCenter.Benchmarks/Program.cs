Console.WriteLine("Benchmarks: ledger | router | overhead");
