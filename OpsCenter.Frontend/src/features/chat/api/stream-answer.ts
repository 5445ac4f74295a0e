import { api } from '@/lib/api'
import { isPowerLevel } from '@/lib/power-levels'
import { Problem, problemFromBody } from '@/lib/problem'
import { readServerSentEvents } from '@/lib/server-sent-events'
import type { ChatRequest, Receipt } from '../conversation'

export type AnswerEvent =
  | { kind: 'opened'; requestId: string | null }
  | { kind: 'text'; text: string }
  | { kind: 'reasoning'; text: string }
  | { kind: 'finished'; reason: string }
  | { kind: 'receipt'; receipt: Receipt }

/** Only what is read here; the gateway sends more. */
interface Chunk {
  error?: unknown
  choices?: {
    delta?: { content?: string | null; reasoning_content?: string | null }
    finish_reason?: string | null
  }[]
  usage?: { prompt_tokens: number; completion_tokens: number; total_tokens: number } | null
  opscenter?: {
    request_id: string
    provider: string
    model: string
    power_level: string
    task: string | null
    cost: string | null
    cache: string | null
    attempts: { provider: string; status: number; ms: number }[] | null
    reason: string | null
  } | null
}

export async function* streamAnswer(request: ChatRequest, signal: AbortSignal): AsyncGenerator<AnswerEvent> {
  const body = { ...request, stream: true, stream_options: { include_usage: true } }
  const response = await api.open('/api/v1/llm/chat/completions', body, signal)
  const requestId = response.headers.get('X-Request-Id')
  yield { kind: 'opened', requestId }

  if (!response.body) throw cutOff(requestId)
  try {
    yield* readAnswer(response.body, requestId)
  } catch (error) {
    if (signal.aborted || error instanceof Problem) throw error
    throw cutOff(requestId)
  }
}

/** An answer is whole only when its stream says so: an error frame, or an end without [DONE], is a failure. */
export async function* readAnswer(
  body: ReadableStream<Uint8Array>,
  requestId: string | null,
): AsyncGenerator<AnswerEvent> {
  for await (const data of readServerSentEvents(body)) {
    if (data === '[DONE]') return

    const chunk = parse(data, requestId)
    if (chunk.error) throw problemFromBody(chunk, 200, requestId)

    const choice = chunk.choices?.[0]
    if (choice?.delta?.reasoning_content) yield { kind: 'reasoning', text: choice.delta.reasoning_content }
    if (choice?.delta?.content) yield { kind: 'text', text: choice.delta.content }
    if (choice?.finish_reason) yield { kind: 'finished', reason: choice.finish_reason }
    if (chunk.opscenter && chunk.usage)
      yield { kind: 'receipt', receipt: receiptFrom(chunk.opscenter, chunk.usage) }
  }
  throw cutOff(requestId)
}

function parse(data: string, requestId: string | null): Chunk {
  try {
    return JSON.parse(data) as Chunk
  } catch {
    throw new Problem({
      status: 200,
      code: 'unreadable_stream',
      message: 'A part of the answer could not be read.',
      requestId,
    })
  }
}

function receiptFrom(route: NonNullable<Chunk['opscenter']>, usage: NonNullable<Chunk['usage']>): Receipt {
  return {
    requestId: route.request_id,
    provider: route.provider,
    model: route.model,
    level: isPowerLevel(route.power_level) ? route.power_level : null,
    task: route.task,
    cost: route.cost,
    cached: route.cache === 'HIT',
    attempts: route.attempts ?? [],
    reason: route.reason,
    promptTokens: usage.prompt_tokens,
    completionTokens: usage.completion_tokens,
    totalTokens: usage.total_tokens,
  }
}

const cutOff = (requestId: string | null) =>
  new Problem({ status: 200, code: 'cut_off', message: 'The answer broke off before its end.', requestId })
