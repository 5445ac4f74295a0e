namespace OpsCenter.Benchmarks.Training;

/// <summary>
/// How much of the gap between a weak and a strong model a router recovers for how many calls of the strong one, as RouteLLM
/// defines it: APGR is the mean over the share of strong calls at eleven quantiles, CPT the least share that reaches a part.
/// </summary>
internal readonly record struct PairCurve(double Apgr, double Cpt50, double Cpt80)
{
    private const int Steps = 10;

    /// <param name="preference">Higher goes to the strong model first.</param>
    /// <param name="weak">Score of the weak model by prompt.</param>
    /// <param name="strong">Score of the strong model by prompt.</param>
    public static PairCurve Of(double[] preference, double[] weak, double[] strong)
    {
        var count = preference.Length;
        var order = Enumerable.Range(0, count).OrderByDescending(i => preference[i]).ThenBy(i => (uint)i * 2_654_435_761).ToArray();
        var gap = strong.Sum() - weak.Sum();
        var recovered = new double[count + 1];
        for (var i = 0; i < count; i++)
            recovered[i + 1] = recovered[i] + (strong[order[i]] - weak[order[i]]) / gap;

        var area = 0.0;
        for (var step = 0; step < Steps; step++)
            area += (recovered[count * step / Steps] + recovered[count * (step + 1) / Steps]) / 2 / Steps;
        return new PairCurve(area, Cpt(recovered, 0.5), Cpt(recovered, 0.8));
    }

    /// <summary>The mean of several.</summary>
    public static PairCurve Mean(IReadOnlyCollection<PairCurve> curves) =>
        new(curves.Average(curve => curve.Apgr), curves.Average(curve => curve.Cpt50), curves.Average(curve => curve.Cpt80));

    private static double Cpt(double[] recovered, double part) =>
        100.0 * Array.FindIndex(recovered, share => share >= part) / (recovered.Length - 1);
}
