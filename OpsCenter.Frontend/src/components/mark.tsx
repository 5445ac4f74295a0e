/** The product's mark: a route that switches, and the answer at its end. */
export function Mark() {
  return (
    <svg width="26" height="20" viewBox="0 0 26 20" aria-hidden="true" className="shrink-0">
      <path d="M2 16h7l3-3.6" fill="none" stroke="var(--line-strong)" strokeWidth="3" />
      <path d="M2 4h7l5 6h10" fill="none" stroke="var(--brand)" strokeWidth="3" />
      <circle cx="23" cy="10" r="3" fill="var(--live)" />
    </svg>
  )
}
