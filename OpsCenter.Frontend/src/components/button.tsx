import type { ComponentProps } from 'react'

const tones = {
  plain: 'border-line-strong bg-surface text-ink enabled:hover:bg-sunken',
  primary:
    'border-brand bg-brand text-on-brand enabled:hover:border-brand-hover enabled:hover:bg-brand-hover',
}

export function Button({
  tone = 'plain',
  className = '',
  type = 'button',
  ...rest
}: ComponentProps<'button'> & { tone?: keyof typeof tones }) {
  return (
    <button
      type={type}
      className={`inline-flex h-8 shrink-0 items-center gap-1.5 rounded-control border px-3 text-13 font-medium whitespace-nowrap disabled:cursor-not-allowed disabled:border-line disabled:bg-sunken disabled:text-ink3 pointer-coarse:h-11 ${tones[tone]} ${className}`}
      {...rest}
    />
  )
}

/** A small action beside a text: no border, still 24 px to hit. */
export function QuietButton({ className = '', type = 'button', ...rest }: ComponentProps<'button'>) {
  return (
    <button
      type={type}
      className={`inline-flex h-6 items-center rounded-[4px] px-1.5 text-12 text-ink2 hover:bg-sunken hover:text-ink pointer-coarse:h-11 ${className}`}
      {...rest}
    />
  )
}
