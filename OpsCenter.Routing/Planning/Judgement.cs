namespace OpsCenter.Routing.Planning;

/// <summary>The first constraint that a candidate fails, in the order they are applied.</summary>
internal enum Verdict : byte
{
    Eligible = 0,
    Tier = 1,
    Capability = 2,
    Context = 3,
    Privacy = 4,
    Provider = 5,
}

/// <summary>How an eligible candidate stands to the power level.</summary>
internal enum Standing : byte
{
    /// <summary>Good enough and affordable: the score decides.</summary>
    Passed = 0,

    /// <summary>Affordable, but further below the best than the level allows: a substitute, the better model first.</summary>
    BelowGate = 1,

    /// <summary>Costs more than the level's reference: never chosen while another is eligible.</summary>
    OverReference = 2,
}

/// <summary>What the planner thinks of one candidate.</summary>
internal struct Judgement
{
    public Verdict Verdict;
    public Standing Standing;
    public long Cost;
    public double Quality;
    public double LatencyMs;
    public double QualityPart;
    public double CostPart;
    public double LatencyPart;

    public readonly double Score => QualityPart + CostPart + LatencyPart;
}
