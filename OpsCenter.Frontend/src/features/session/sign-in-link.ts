/** A sign-in token, out of whatever was pasted: the whole link, its fragment, or the token alone. */
export function signInToken(pasted: string): string | null {
  const text = pasted.trim()
  const named = /[#?&]?\btoken=([^&#\s]+)/.exec(text)?.[1]
  const token = named === undefined ? text : decode(named)
  return token && /^[\w.~-]+=*$/.test(token) ? token : null
}

function decode(value: string) {
  try {
    return decodeURIComponent(value)
  } catch {
    return null
  }
}

/** Where to go after signing in: a place in this console, or its front door. */
export function returnPath(from: string | undefined) {
  return from && /^\/(?![/\\])/.test(from) && !from.startsWith('/sign-in') ? from : '/'
}

/** Takes the token out of the address bar, so that it stays in no history, bookmark or screenshot. */
export function takeTokenFromAddress(): string | null {
  const { hash, pathname, search } = window.location
  if (!hash) return null
  window.history.replaceState(window.history.state, '', pathname + search)
  return signInToken(hash)
}
