using System.Buffers.Binary;
using System.Security.Cryptography;
using OpsCenter.Routing.Analysis;

namespace OpsCenter.Tests.Routing;

public sealed class RouterWeightsTests
{
    private static readonly float[] Measures = new float[PromptFeatures.Measures * 9];
    private static readonly float[] Buckets = new float[PromptFeatures.Buckets * 9];

    [Fact]
    public void The_shipped_weights_are_small_and_named_by_their_content()
    {
        using var stream = typeof(TaskDetector).Assembly.GetManifestResourceStream("router-weights.bin")!;
        var file = new byte[stream.Length];
        stream.ReadExactly(file);

        Assert.InRange(file.Length, 1, RouterWeights.MaxBytes);
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(file.AsSpan(..^32))), TaskDetector.WeightsVersion);
    }

    [Fact]
    public void What_is_written_is_read_again()
    {
        var file = RouterWeights.Write(1.5f, Measures, Buckets);
        var posterior = TaskDetector.Judge(new ChatFacts { LastUserText = "anything" }, RouterWeights.Parse(file), out _, out var difficulty);

        Assert.Equal(0.125f, posterior[0]);
        Assert.Equal(0.5, difficulty);
    }

    [Theory]
    [InlineData(0, "begin as a weights file")]
    [InlineData(8, "version")]
    [InlineData(12, "buckets")]
    [InlineData(5_000, "does not match its hash")]
    [InlineData(-1, "does not match its hash")]
    public void A_file_with_one_wrong_byte_is_refused_with_the_reason(int at, string reason)
    {
        var file = RouterWeights.Write(1, Measures, Buckets);
        file[at < 0 ? file.Length + at : at] ^= 0x40;

        Assert.Contains(reason, Assert.Throws<InvalidDataException>(() => RouterWeights.Parse(file)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_that_is_cut_short_or_empty_is_refused()
    {
        var file = RouterWeights.Write(1, Measures, Buckets);

        Assert.Contains("bytes long", Assert.Throws<InvalidDataException>(() => RouterWeights.Parse(file.AsSpan(..^1))).Message, StringComparison.Ordinal);
        Assert.Throws<InvalidDataException>(() => RouterWeights.Parse([]));
    }

    [Theory]
    [InlineData(float.NaN, "not finite")]
    [InlineData(0f, "not positive")]
    public void Numbers_that_cannot_be_are_refused_though_the_hash_fits(float temperature, string reason)
    {
        var file = RouterWeights.Write(1, Measures, Buckets);
        BinaryPrimitives.WriteSingleLittleEndian(file.AsSpan(24), temperature);
        SHA256.HashData(file.AsSpan(..^32), file.AsSpan(^32));

        Assert.Contains(reason, Assert.Throws<InvalidDataException>(() => RouterWeights.Parse(file)).Message, StringComparison.Ordinal);
    }
}
