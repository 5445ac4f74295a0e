using System.Text.Json.Serialization;

namespace OpsCenter.Gateway.Upstreams;

[JsonSerializable(typeof(string))]
internal sealed partial class UpstreamJson : JsonSerializerContext;
