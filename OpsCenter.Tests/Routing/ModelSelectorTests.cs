using OpsCenter.Contracts;
using OpsCenter.Routing.Planning;

namespace OpsCenter.Tests.Routing;

public sealed class ModelSelectorTests
{
    [Theory]
    [InlineData(null, null, null)]
    [InlineData("", null, null)]
    [InlineData("  ", null, null)]
    [InlineData("auto", null, null)]
    [InlineData("AUTO", null, null)]
    [InlineData("auto-eco", null, PowerLevel.Eco)]
    [InlineData("auto-balanced", null, PowerLevel.Balanced)]
    [InlineData("auto-precision", null, PowerLevel.Precision)]
    [InlineData("auto:precision", null, PowerLevel.Precision)]
    [InlineData("gpt-5:eco", "gpt-5", PowerLevel.Eco)]
    [InlineData("groq/llama-3.3-70b:Balanced", "groq/llama-3.3-70b", PowerLevel.Balanced)]
    [InlineData("qwen3:8b", "qwen3:8b", null)]
    [InlineData("qwen3:8b:eco", "qwen3:8b", PowerLevel.Eco)]
    [InlineData("auto-turbo", "auto-turbo", null)]
    [InlineData("gpt-5:0", "gpt-5:0", null)]
    public void A_model_name_is_read_as_model_and_level(string? model, string? name, PowerLevel? level) =>
        Assert.Equal(new ModelSelector(name, level), ModelSelector.Parse(model));
}
