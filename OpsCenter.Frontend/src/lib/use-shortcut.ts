import { useEffect, useEffectEvent } from 'react'
import { singleKeyShortcuts } from './preferences'

const writes = (target: EventTarget | null) =>
  target instanceof HTMLElement &&
  (target.isContentEditable || target.matches('textarea, select, input:not([type=radio], [type=checkbox])'))

/** A single letter. Silent while somebody writes, while a menu is open, and when the letters are switched off. */
export function useLetter(letter: string, act: () => void) {
  const onLetter = useEffectEvent(act)
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      if (event.key !== letter || event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented)
        return
      if (writes(event.target) || !singleKeyShortcuts()) return
      if (event.target instanceof Element && event.target.closest('[role=menu], [role=dialog]')) return
      event.preventDefault()
      onLetter()
    }
    window.addEventListener('keydown', onKeyDown)
    return () => window.removeEventListener('keydown', onKeyDown)
  }, [letter])
}

/** Alt and a digit, by the key's place: on a Mac, Alt 1 writes a different character. */
export function useAltDigit(act: (digit: number) => void) {
  const onDigit = useEffectEvent(act)
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      const digit = /^Digit([1-9])$/.exec(event.code)?.[1]
      if (!digit || !event.altKey || event.ctrlKey || event.metaKey) return
      event.preventDefault()
      onDigit(Number(digit))
    }
    window.addEventListener('keydown', onKeyDown)
    return () => window.removeEventListener('keydown', onKeyDown)
  }, [])
}
