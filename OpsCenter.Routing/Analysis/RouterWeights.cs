using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Security.Cryptography;

namespace OpsCenter.Routing.Analysis;

/// <summary>
/// What was learned: for every bucket a weight per task and one for difficulty, in a byte each; for every measure the same
/// in full; and the temperatures that make the outcome a probability. Immutable; read whole or not at all.
/// </summary>
internal sealed class RouterWeights
{
    public const int MaxBytes = 512 * 1024;

    private const int Tasks = TaskPosterior.Tasks;
    private const int Outputs = Tasks + 1;
    private const int HeaderLength = 24;
    private const int HashLength = SHA256.HashSizeInBytes;
    private const int ScalarCount = 1 + Outputs + PromptFeatures.Measures * Outputs;
    private const int Length = HeaderLength + ScalarCount * sizeof(float) + PromptFeatures.Buckets * Outputs + HashLength;
    private const string Resource = "router-weights.bin";

    private static readonly Lazy<RouterWeights> Loaded = new(LoadShipped);

    private readonly float _temperature;
    private readonly float[] _scales;
    private readonly float[] _measures;
    private readonly sbyte[] _taskBuckets;
    private readonly sbyte[] _difficultyBuckets;

    private RouterWeights(float[] scalars, sbyte[] taskBuckets, sbyte[] difficultyBuckets, string hash)
    {
        _temperature = scalars[0];
        _scales = scalars[1..(1 + Outputs)];
        _measures = scalars[(1 + Outputs)..];
        _taskBuckets = taskBuckets;
        _difficultyBuckets = difficultyBuckets;
        Hash = hash;
    }

    private static ReadOnlySpan<byte> Magic => "OPSCROUT"u8;

    public static RouterWeights Shipped => Loaded.Value;

    /// <summary>SHA-256 of the content, which is also its name.</summary>
    public string Hash { get; }

    /// <summary>Reads a file's bytes.</summary>
    /// <exception cref="InvalidDataException">What is wrong with them; nothing of them is used then.</exception>
    public static RouterWeights Parse(ReadOnlySpan<byte> file)
    {
        if (file.Length < HeaderLength + HashLength || !file.StartsWith(Magic))
            throw Invalid("it does not begin as a weights file");
        var version = BinaryPrimitives.ReadInt32LittleEndian(file[8..]);
        if (version != PromptFeatures.Version)
            throw Invalid($"it is made for features of version {version}, and these are version {PromptFeatures.Version}");
        var (buckets, measures, outputs) = (
            BinaryPrimitives.ReadInt32LittleEndian(file[12..]), BinaryPrimitives.ReadInt32LittleEndian(file[16..]), BinaryPrimitives.ReadInt32LittleEndian(file[20..]));
        if ((buckets, measures, outputs) != (PromptFeatures.Buckets, PromptFeatures.Measures, Outputs))
            throw Invalid($"it has {buckets} buckets, {measures} measures and {outputs} outputs where {PromptFeatures.Buckets}, {PromptFeatures.Measures} and {Outputs} are expected");
        if (file.Length != Length)
            throw Invalid($"it is {file.Length} bytes long where {Length} are expected");
        Span<byte> hash = stackalloc byte[HashLength];
        SHA256.HashData(file[..^HashLength], hash);
        if (!hash.SequenceEqual(file[^HashLength..]))
            throw Invalid("its content does not match its hash");

        var scalars = new float[ScalarCount];
        for (var i = 0; i < ScalarCount; i++)
        {
            scalars[i] = BinaryPrimitives.ReadSingleLittleEndian(file[(HeaderLength + i * sizeof(float))..]);
            if (!float.IsFinite(scalars[i]))
                throw Invalid($"number {i} of its {ScalarCount} is not finite");
        }

        if (scalars[0] <= 0)
            throw Invalid("its temperature is not positive");
        var rows = MemoryMarshal.Cast<byte, sbyte>(file[(HeaderLength + ScalarCount * sizeof(float))..^HashLength]);
        return new RouterWeights(
            scalars, rows[..(PromptFeatures.Buckets * Tasks)].ToArray(), rows[(PromptFeatures.Buckets * Tasks)..].ToArray(), Convert.ToHexStringLower(hash));
    }

    /// <summary>Writes what <see cref="Parse"/> reads.</summary>
    /// <param name="temperature">Divides the tasks' logits.</param>
    /// <param name="measures">By measure, then by output.</param>
    /// <param name="buckets">By bucket, then by output; rounded to a byte each, relative to the largest of its output.</param>
    public static byte[] Write(float temperature, ReadOnlySpan<float> measures, ReadOnlySpan<float> buckets)
    {
        Span<float> scales = stackalloc float[Outputs];
        for (var i = 0; i < buckets.Length; i++)
            scales[i % Outputs] = Math.Max(scales[i % Outputs], Math.Abs(buckets[i]));
        foreach (ref var scale in scales)
            scale = Math.Max(scale / sbyte.MaxValue, float.Epsilon);

        var file = new byte[Length];
        Magic.CopyTo(file);
        BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(8), PromptFeatures.Version);
        BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(12), PromptFeatures.Buckets);
        BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(16), PromptFeatures.Measures);
        BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(20), Outputs);
        var rest = file.AsSpan(HeaderLength);
        float[] scalars = [temperature, .. scales, .. measures];
        for (var i = 0; i < ScalarCount; i++)
            BinaryPrimitives.WriteSingleLittleEndian(rest[(i * sizeof(float))..], scalars[i]);
        rest = rest[(ScalarCount * sizeof(float))..];
        for (var bucket = 0; bucket < PromptFeatures.Buckets; bucket++)
        {
            for (var output = 0; output < Outputs; output++)
            {
                var rounded = (byte)(sbyte)Math.Round(buckets[bucket * Outputs + output] / scales[output]);
                rest[output < Tasks ? bucket * Tasks + output : PromptFeatures.Buckets * Tasks + bucket] = rounded;
            }
        }

        SHA256.HashData(file.AsSpan(..^HashLength), file.AsSpan(^HashLength));
        return file;
    }

    /// <summary>A probability for each task, and of a weak model's failing at this.</summary>
    public TaskPosterior Judge(in PromptFeatures features, out double difficulty)
    {
        Span<float> logits = stackalloc float[Outputs];
        Add(features.Words, logits);
        Add(features.Pieces, logits);
        for (var measure = 0; measure < PromptFeatures.Measures; measure++)
        {
            var value = features.Values[measure];
            if (value == 0)
                continue;
            for (var output = 0; output < Outputs; output++)
                logits[output] += value * _measures[measure * Outputs + output];
        }

        difficulty = 1 / (1 + Math.Exp(-logits[Tasks]));
        var top = logits[0];
        for (var task = 1; task < Tasks; task++)
            top = Math.Max(top, logits[task]);
        var posterior = default(TaskPosterior);
        var sum = 0f;
        for (var task = 0; task < Tasks; task++)
            sum += posterior[task] = MathF.Exp((logits[task] - top) / _temperature);
        for (var task = 0; task < Tasks; task++)
            posterior[task] /= sum;
        return posterior;
    }

    /// <summary>Sums whole numbers, so that the order of the buckets cannot matter, and shares by the root of their count.</summary>
    private void Add(ReadOnlySpan<ushort> buckets, Span<float> logits)
    {
        if (buckets.IsEmpty)
            return;
        var rows = MemoryMarshal.Cast<sbyte, long>(_taskBuckets.AsSpan());
        var sums = Vector256<int>.Zero;
        var difficulty = 0;
        foreach (var bucket in buckets)
        {
            var row = Vector128.WidenLower(Vector128.CreateScalarUnsafe(rows[bucket]).AsSByte());
            sums += Vector256.Create(Vector128.WidenLower(row), Vector128.WidenUpper(row));
            difficulty += _difficultyBuckets[bucket];
        }

        var share = 1 / MathF.Sqrt(buckets.Length);
        for (var task = 0; task < Tasks; task++)
            logits[task] += sums[task] * _scales[task] * share;
        logits[Tasks] += difficulty * _scales[Tasks] * share;
    }

    private static RouterWeights LoadShipped()
    {
        using var stream = typeof(RouterWeights).Assembly.GetManifestResourceStream(Resource)
            ?? throw Invalid($"{Resource} is missing from the assembly");
        var file = new byte[stream.Length];
        stream.ReadExactly(file);
        return Parse(file);
    }

    private static InvalidDataException Invalid(string reason) => new($"The router's weights are refused: {reason}.");
}
