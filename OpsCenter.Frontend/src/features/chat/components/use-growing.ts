import { type RefObject, useLayoutEffect } from 'react'

/** A text field as high as its text, up to ten lines; then it scrolls. */
export function useGrowing(field: RefObject<HTMLTextAreaElement | null>, text: string) {
  // biome-ignore lint/correctness/useExhaustiveDependencies: the text is what changes the height
  useLayoutEffect(() => {
    const area = field.current
    if (!area) return
    const style = getComputedStyle(area)
    const frame = Number.parseFloat(style.borderTopWidth) + Number.parseFloat(style.borderBottomWidth)
    const padding = Number.parseFloat(style.paddingTop) + Number.parseFloat(style.paddingBottom)
    const tenLines = Number.parseFloat(style.lineHeight) * 10 + padding
    area.style.height = 'auto'
    const wanted = area.scrollHeight
    area.style.height = `${Math.min(wanted, tenLines) + frame}px`
    area.style.overflowY = wanted > tenLines ? 'auto' : 'hidden'
  }, [text])
}
