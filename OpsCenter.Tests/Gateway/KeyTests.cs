using CsCheck;
using OpsCenter.Gateway.Chat;
using OpsCenter.Gateway.Keys;

namespace OpsCenter.Tests.Gateway;

public sealed class KeyTests
{
    [Fact]
    public void A_new_key_is_recognised_and_no_two_are_alike()
    {
        var keys = Enumerable.Range(0, 100).Select(_ => ApiKeyText.Create()).ToHashSet();

        Assert.Equal(100, keys.Count);
        Assert.All(keys, key => Assert.True(ApiKeyText.TryParse(key, out _)));
        Assert.All(keys, key => Assert.Matches("^sk-oc-[0-9A-Za-z]{49}$", key));
    }

    [Fact]
    public void One_wrong_letter_is_found_without_asking_the_database()
    {
        const string Digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
        var key = ApiKeyText.Create();

        Gen.Select(Gen.Int[6, key.Length - 1], Gen.Char[Digits]).Sample((position, letter) =>
        {
            var typo = key[..position] + letter + key[(position + 1)..];
            return ApiKeyText.TryParse(typo, out _) == (typo == key);
        });
    }

    [Theory]
    [InlineData("sk-1234", "begin with sk-oc-")]
    [InlineData("sk-oc-short", "incomplete")]
    public void What_cannot_be_a_key_is_told_why(string text, string why)
    {
        Assert.False(ApiKeyText.TryParse(text, out var problem));
        Assert.Contains(why, problem, StringComparison.Ordinal);
    }

    [Fact]
    public void A_request_id_reads_back_to_the_same_id()
    {
        Gen.Guid.Sample(value =>
            RequestId.TryParse(new RequestId(value).ToString(), out var back) && back.Value == value);
        Assert.False(RequestId.TryParse("req_123", out _));
    }
}
