import { useState } from 'react'

const key = (userId: string) => `opscenter.draft.${userId}`

/** The message being written. It survives a sign-in and a reload in this tab, and goes with the tab. */
export function useDraft(userId: string): [string, (draft: string) => void] {
  const [draft, setDraft] = useState(() => sessionStorage.getItem(key(userId)) ?? '')

  const keep = (text: string) => {
    setDraft(text)
    if (text) sessionStorage.setItem(key(userId), text)
    else sessionStorage.removeItem(key(userId))
  }
  return [draft, keep]
}
