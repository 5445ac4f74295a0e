namespace OpsCenter.Standalone;

/// <summary>Something in the surroundings is not as Standalone needs it. The message is all that the person at the terminal reads.</summary>
internal sealed class StandaloneException(string message, Exception? inner = null) : Exception(message, inner);
