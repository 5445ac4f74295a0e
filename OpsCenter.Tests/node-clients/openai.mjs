// node openai.mjs BASE_URL KEY: chats once in one piece and once streamed, and prints what the SDK made of it as JSON.
import OpenAI from 'openai'

const [baseURL, apiKey] = process.argv.slice(2)
const client = new OpenAI({ baseURL, apiKey, maxRetries: 0 })
const messages = [{ role: 'user', content: 'Write Python code to sort a list' }]

const { data, response, request_id } = await client.chat.completions
  .create({ model: 'auto', messages, power_level: 'eco' })
  .withResponse()

let text = ''
let usage = null
for await (const chunk of await client.chat.completions.create({
  model: 'auto-eco',
  messages,
  stream: true,
  stream_options: { include_usage: true },
})) {
  text += chunk.choices[0]?.delta?.content ?? ''
  usage = chunk.usage ?? usage
}

let partial = ''
let broken = null
try {
  for await (const chunk of await client.chat.completions.create({
    model: 'auto-eco',
    messages: [{ role: 'user', content: '[[fault:cut-after-3]] Hello' }],
    stream: true,
  })) {
    partial += chunk.choices[0]?.delta?.content ?? ''
  }
} catch (fault) {
  broken = { type: fault.constructor.name, code: fault.code ?? null }
}

let refused = null
try {
  await client.chat.completions.create({ model: 'no-such-model', messages })
} catch (fault) {
  refused = { type: fault.constructor.name, status: fault.status, code: fault.code }
}

const models = []
for await (const model of client.models.list()) models.push(model.id)

console.log(
  JSON.stringify({
    content: data.choices[0].message.content,
    cost: data.usage.cost,
    receipt: data.opscenter,
    provider: response.headers.get('x-provider-used'),
    requestId: request_id,
    text,
    usage,
    partial,
    broken,
    refused,
    models,
  }),
)
