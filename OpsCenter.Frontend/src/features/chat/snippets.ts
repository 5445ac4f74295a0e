import type { ChatRequest } from './conversation'

/** The request as a command. The key is a placeholder: a console never has one to give away. */
export function asCurl(request: ChatRequest, origin: string) {
  const body = JSON.stringify(request, null, 2).replaceAll("'", "'\\''")
  return [
    `curl ${origin}/v1/chat/completions \\`,
    '  -H "Authorization: Bearer $OPSCENTER_API_KEY" \\',
    '  -H "Content-Type: application/json" \\',
    `  -d '${body}'`,
  ].join('\n')
}

/** The request for the OpenAI package, which sends `power_level` only as a patch of the body. */
export function asCSharp({ model, power_level, messages }: ChatRequest, origin: string) {
  const chat = messages
    .map(
      ({ role, content }) =>
        `    new ${role === 'user' ? 'User' : 'Assistant'}ChatMessage(${cSharpString(content)}),`,
    )
    .join('\n')
  return `#pragma warning disable SCME0001 // Patch is for evaluation only.
using System.ClientModel;
using OpenAI;
using OpenAI.Chat;

var client = new ChatClient(
    ${cSharpString(model)},
    new ApiKeyCredential(Environment.GetEnvironmentVariable("OPSCENTER_API_KEY")!),
    new OpenAIClientOptions { Endpoint = new Uri(${cSharpString(`${origin}/v1`)}) });

var options = new ChatCompletionOptions();
options.Patch.Set("$.power_level"u8, ${cSharpString(power_level)});

ChatCompletion answer = await client.CompleteChatAsync(
[
${chat}
], options);

Console.WriteLine(answer.Content[0].Text);
`
}

/** JSON's escapes are C#'s too; only the two line separators that JSON leaves alone would break a C# line. */
const cSharpString = (text: string) =>
  JSON.stringify(text)
    .replaceAll('\u2028', '\\u2028')
    .replaceAll('\u2029', '\\u2029')
    .replaceAll('\u0085', '\\u0085')
