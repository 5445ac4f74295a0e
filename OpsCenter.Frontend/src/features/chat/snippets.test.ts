import { execFileSync } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import type { ChatRequest } from './conversation'
import { asCSharp, asCurl } from './snippets'

const request = (content: string): ChatRequest => ({
  model: 'auto',
  power_level: 'eco',
  messages: [{ role: 'user', content }],
})

describe('a request as curl', () => {
  it.each(["it's", "'; rm -rf / #", '$(whoami) `id` \\ "quoted"', 'two\nlines'])(
    'gives a shell back exactly %j',
    (content) => {
      const command = asCurl(request(content), 'http://localhost:5180')
      const shell = `curl() { while [ $# -gt 1 ]; do shift; done; printf %s "$1"; }\n${command}`
      expect(JSON.parse(execFileSync('sh', ['-c', shell], { encoding: 'utf8' }))).toEqual(request(content))
    },
  )

  it('has a placeholder for the key', () => {
    expect(asCurl(request('Hi'), 'http://localhost:5180')).toContain('Bearer $OPSCENTER_API_KEY')
  })
})

describe('a request as C#', () => {
  it('stays one string whatever the message holds', () => {
    const code = asCSharp(request('say "hi"\nand \\ \u2028 \u0085 end'), 'http://localhost:5180')
    expect(code).toContain('new UserChatMessage("say \\"hi\\"\\nand \\\\ \\u2028 \\u0085 end"),')
  })

  it('asks the OpenAI address with the power level', () => {
    const code = asCSharp(request('Hi'), 'https://ops.example')
    expect(code).toContain('new Uri("https://ops.example/v1")')
    expect(code).toContain('options.Patch.Set("$.power_level"u8, "eco");')
  })
})
