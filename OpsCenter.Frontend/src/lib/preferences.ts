import { useSyncExternalStore } from 'react'

/** Two choices that belong to this browser, not to the account. Nothing secret is ever kept here. */
const listeners = new Set<() => void>()

function read(key: string) {
  try {
    return localStorage.getItem(key)
  } catch {
    return null
  }
}

function write(key: string, value: string | null) {
  try {
    if (value === null) localStorage.removeItem(key)
    else localStorage.setItem(key, value)
  } catch {
    // Storage is blocked: the choice lasts until the page is closed.
  }
  for (const listener of listeners) listener()
}

function subscribe(listener: () => void) {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

export type Theme = 'system' | 'light' | 'dark'

const themeKey = 'opscenter.theme'
const shortcutsKey = 'opscenter.single-key-shortcuts'

function currentTheme(): Theme {
  const kept = document.documentElement.dataset.theme
  return kept === 'light' || kept === 'dark' ? kept : 'system'
}

export const useTheme = () => useSyncExternalStore(subscribe, currentTheme)

export function chooseTheme(theme: Theme) {
  if (theme === 'system') delete document.documentElement.dataset.theme
  else document.documentElement.dataset.theme = theme
  write(themeKey, theme === 'system' ? null : theme)
}

export const singleKeyShortcuts = () => read(shortcutsKey) !== 'off'

export const useSingleKeyShortcuts = () => useSyncExternalStore(subscribe, singleKeyShortcuts)

export const allowSingleKeyShortcuts = (allowed: boolean) => write(shortcutsKey, allowed ? null : 'off')
