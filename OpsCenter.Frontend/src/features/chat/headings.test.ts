import { describe, expect, it } from 'vitest'
import { headingsBelowTheAnswer } from './headings'

function outline(...tags: string[]) {
  const tree = { type: 'root', children: tags.map((tagName) => ({ type: 'element', tagName })) }
  headingsBelowTheAnswer()(tree)
  return tree.children.map(({ tagName }) => tagName)
}

describe('the headings of an answer', () => {
  it.each([
    [
      ['h1', 'h2', 'h3'],
      ['h3', 'h4', 'h5'],
    ],
    [
      ['h3', 'h3'],
      ['h3', 'h3'],
    ],
    [
      ['h2', 'h4', 'h2', 'h3'],
      ['h3', 'h4', 'h3', 'h4'],
    ],
    [
      ['h3', 'h2', 'h1'],
      ['h3', 'h3', 'h3'],
    ],
    [
      ['h1', 'h2', 'h3', 'h4', 'h5', 'h6'],
      ['h3', 'h4', 'h5', 'h6', 'h6', 'h6'],
    ],
  ])('%j become %j', (written, shown) => expect(outline(...written)).toEqual(shown))
})
