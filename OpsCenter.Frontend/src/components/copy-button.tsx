import { useEffect, useState } from 'react'
import { QuietButton } from './button'

type Outcome = 'copied' | 'refused' | null

export function useCopy(): [Outcome, (text: string) => void] {
  const [outcome, setOutcome] = useState<Outcome>(null)

  useEffect(() => {
    if (!outcome) return
    const timer = setTimeout(() => setOutcome(null), 2000)
    return () => clearTimeout(timer)
  }, [outcome])

  const copy = (text: string) => {
    // Without HTTPS a browser may have no clipboard at all.
    const written = navigator.clipboard?.writeText(text) ?? Promise.reject(new Error('no clipboard'))
    written.then(
      () => setOutcome('copied'),
      () => setOutcome('refused'),
    )
  }
  return [outcome, copy]
}

export function CopyButton({ text, label = 'Copy', of }: { text: string; label?: string; of: string }) {
  const [outcome, copy] = useCopy()
  return (
    <QuietButton onClick={() => copy(text)} aria-label={`${label} ${of}`}>
      <span aria-live="polite">
        {outcome === 'copied' ? 'Copied' : outcome === 'refused' ? 'The browser refused' : label}
      </span>
    </QuietButton>
  )
}
