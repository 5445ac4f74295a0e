import { lazy, Suspense } from 'react'
import { CopyButton } from '@/components/copy-button'

const PlainCode = ({ code }: { code: string; language: string }) => code
const HighlightedCode = lazy(() => import('./highlighted-code').catch(() => ({ default: PlainCode })))

const languageNames: Record<string, string> = {
  csharp: 'C#',
  cs: 'C#',
  'c#': 'C#',
  fsharp: 'F#',
  js: 'JavaScript',
  javascript: 'JavaScript',
  ts: 'TypeScript',
  typescript: 'TypeScript',
  tsx: 'TSX',
  jsx: 'JSX',
  json: 'JSON',
  bash: 'Shell',
  sh: 'Shell',
  shell: 'Shell',
  python: 'Python',
  py: 'Python',
  sql: 'SQL',
  xml: 'XML',
  html: 'HTML',
  css: 'CSS',
  yaml: 'YAML',
  yml: 'YAML',
  go: 'Go',
  rust: 'Rust',
  java: 'Java',
}

export function CodeBlock({ code, language }: { code: string; language?: string }) {
  const name = language ? (languageNames[language.toLowerCase()] ?? language) : 'Text'
  return (
    <div className="overflow-hidden rounded-control border border-line bg-sunken">
      <div className="flex h-8 items-center justify-between border-b border-line pr-1.5 pl-3.5 text-12 text-ink2 pointer-coarse:h-11">
        {name}
        <CopyButton text={code} of={`${name} code`} />
      </div>
      {/* biome-ignore lint/a11y/useSemanticElements: a section would be a landmark, and an answer may have many */}
      <div
        role="group"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: long lines scroll, and the keyboard must reach them
        tabIndex={0}
        aria-label={`${name} code`}
        className="overflow-x-auto px-3.5 py-3 -outline-offset-2"
      >
        <pre className="w-max font-mono text-13 leading-normal wrap-normal">
          <code>
            {language ? (
              <Suspense fallback={code}>
                <HighlightedCode code={code} language={language} />
              </Suspense>
            ) : (
              code
            )}
          </code>
        </pre>
      </div>
    </div>
  )
}
