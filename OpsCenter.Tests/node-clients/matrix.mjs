// node matrix.mjs ORIGIN KEY MODEL: has the Node SDKs chat, stream, call a tool and answer by a schema through MODEL, and
// prints what each of them made of it as JSON.
import { createAnthropic } from '@ai-sdk/anthropic'
import { createOpenAI } from '@ai-sdk/openai'
import { createOpenAICompatible } from '@ai-sdk/openai-compatible'
import Anthropic from '@anthropic-ai/sdk'
import { generateText, jsonSchema, Output, streamText, tool } from 'ai'
import OpenAI from 'openai'

const [origin, apiKey, model] = process.argv.slice(2)
const baseURL = `${origin}v1`
// Its warnings go to stdout, which is for the result.
globalThis.AI_SDK_LOG_WARNINGS = false
const prompt = 'Tell me about rivers.'
const question = 'What is the weather in Rome?'
const parameters = {
  type: 'object',
  properties: { city: { type: 'string' } },
  required: ['city'],
  additionalProperties: false,
}
const river = {
  type: 'object',
  properties: { name: { type: 'string' } },
  required: ['name'],
  additionalProperties: false,
}

async function openai() {
  const client = new OpenAI({ baseURL, apiKey, maxRetries: 0 })
  const messages = [{ role: 'user', content: prompt }]
  const text = (await client.chat.completions.create({ model, messages })).choices[0].message.content
  let streamed = ''
  for await (const chunk of await client.chat.completions.create({ model, messages, stream: true }))
    streamed += chunk.choices[0]?.delta?.content ?? ''
  const call = (
    await client.chat.completions.create({
      model,
      messages: [{ role: 'user', content: question }],
      tools: [{ type: 'function', function: { name: 'weather', parameters } }],
      tool_choice: 'required',
    })
  ).choices[0].message.tool_calls[0].function
  const structured = await client.chat.completions.create({
    model,
    messages: [{ role: 'user', content: 'Name a river.' }],
    response_format: { type: 'json_schema', json_schema: { name: 'river', strict: true, schema: river } },
  })
  return { text, streamed, tool: call.name, object: JSON.parse(structured.choices[0].message.content) }
}

async function responses() {
  const client = new OpenAI({ baseURL, apiKey, maxRetries: 0 })
  const text = (await client.responses.create({ model, input: prompt })).output_text
  let streamed = ''
  for await (const event of await client.responses.create({ model, input: prompt, stream: true }))
    if (event.type === 'response.output_text.delta') streamed += event.delta
  const answer = await client.responses.create({
    model,
    input: question,
    tools: [{ type: 'function', name: 'weather', parameters, strict: true }],
    tool_choice: 'required',
  })
  const structured = await client.responses.create({
    model,
    input: 'Name a river.',
    text: { format: { type: 'json_schema', name: 'river', strict: true, schema: river } },
  })
  return {
    text,
    streamed,
    tool: answer.output.find((item) => item.type === 'function_call').name,
    object: JSON.parse(structured.output_text),
  }
}

async function anthropic() {
  const client = new Anthropic({ baseURL: origin, apiKey, maxRetries: 0 })
  const ask = (content, more) => ({ model, max_tokens: 400, messages: [{ role: 'user', content }], ...more })
  const text = (await client.messages.create(ask(prompt))).content.find((block) => block.type === 'text').text
  const streamed = await client.messages.stream(ask(prompt)).finalText()
  const answer = await client.messages
    .stream(ask(question, { tools: [{ name: 'weather', input_schema: parameters }], tool_choice: { type: 'any' } }))
    .finalMessage()
  const call = answer.content.find((block) => block.type === 'tool_use')
  const counted = await client.messages.countTokens({ model, messages: [{ role: 'user', content: prompt }] })
  return { text, streamed, tool: call.name, input: typeof call.input, counted: counted.input_tokens }
}

async function vercel(languageModel) {
  const { text } = await generateText({ model: languageModel, prompt, maxRetries: 0 })
  let streamed = ''
  for await (const piece of streamText({ model: languageModel, prompt, maxRetries: 0 }).textStream) streamed += piece
  const { toolCalls } = await generateText({
    model: languageModel,
    prompt: question,
    tools: { weather: tool({ inputSchema: jsonSchema(parameters) }) },
    toolChoice: 'required',
    maxRetries: 0,
  })
  const { output } = await generateText({
    model: languageModel,
    prompt: 'Name a river.',
    output: Output.object({ schema: jsonSchema(river) }),
    maxRetries: 0,
  })
  return { text, streamed, tool: toolCalls[0].toolName, object: output }
}

const compatible = createOpenAICompatible({
  name: 'opscenter',
  baseURL,
  apiKey,
  includeUsage: true,
  supportsStructuredOutputs: true,
})
const embeddings = await new OpenAI({ baseURL, apiKey, maxRetries: 0 }).embeddings.create({
  model: 'text-embedding-3-small',
  input: ['a river', 'a lake'],
})

console.log(
  JSON.stringify({
    openai: await openai(),
    responses: await responses(),
    anthropic: await anthropic(),
    'ai-sdk openai': await vercel(createOpenAI({ baseURL, apiKey })(model)),
    'ai-sdk openai-compatible': await vercel(compatible(model)),
    'ai-sdk anthropic': await vercel(createAnthropic({ baseURL, apiKey })(model)),
    embeddings: embeddings.data.map((item) => item.embedding.length),
  }),
)
