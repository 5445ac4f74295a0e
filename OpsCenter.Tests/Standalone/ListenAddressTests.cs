using Microsoft.Extensions.Configuration;
using OpsCenter.Standalone;

namespace OpsCenter.Tests.Standalone;

public sealed class ListenAddressTests
{
    [Theory]
    [InlineData(null, null, "http://127.0.0.1:5180", "http://127.0.0.1:5180/")]
    [InlineData(null, "5181", "http://127.0.0.1:5181", "http://127.0.0.1:5181/")]
    [InlineData("http://localhost:8080", "5181", "http://localhost:8080", "http://localhost:8080/")]
    [InlineData("http://*:8080;http://[::1]:8081", null, "http://*:8080;http://[::1]:8081", "http://127.0.0.1:8080/")]
    [InlineData("http://0.0.0.0:80", null, "http://0.0.0.0:80", "http://127.0.0.1/")]
    public void It_is_read_from_urls_then_the_port_then_the_default(string? urls, string? port, string listen, string reach)
    {
        var address = ListenAddress.From(Configuration(urls, port));

        Assert.Equal(listen, address.Urls);
        Assert.Equal(new Uri(reach), address.Base);
    }

    [Fact]
    public void Port_zero_becomes_a_free_port_that_is_known_before_the_start()
    {
        var address = ListenAddress.From(Configuration(null, "0"));

        Assert.NotEqual(0, address.Base.Port);
        Assert.Equal(address.Base.GetLeftPart(UriPartial.Authority), address.Urls);
    }

    [Theory]
    [InlineData(null, "http")]
    [InlineData(null, "65536")]
    [InlineData(null, "-1")]
    [InlineData("not an address", null)]
    [InlineData("http://unix:/tmp/socket", null)]
    [InlineData(";", null)]
    public void What_is_no_address_is_refused_with_a_sentence(string? urls, string? port)
    {
        var fault = Assert.Throws<StandaloneException>(() => ListenAddress.From(Configuration(urls, port)));

        Assert.EndsWith(".", fault.Message, StringComparison.Ordinal);
    }

    private static IConfiguration Configuration(string? urls, string? port) => new ConfigurationBuilder()
        .AddInMemoryCollection([new("urls", urls), new("OPSCENTER_PORT", port)])
        .Build();
}
