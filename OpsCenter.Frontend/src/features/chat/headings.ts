/** Only what is read here of a hast tree. */
interface Node {
  type: string
  tagName?: string
  children?: Node[]
}

/**
 * An answer's headings stand under its own, which is an h2: the highest becomes h3 and none skips a level,
 * so that the outline of the page stays one outline whatever a model starts with.
 */
export const headingsBelowTheAnswer = () => (tree: Node) => {
  const open: number[] = []
  for (const node of headings(tree)) {
    const depth = Number(node.tagName?.[1])
    while (open.length > 0 && (open.at(-1) ?? 0) >= depth) open.pop()
    open.push(depth)
    node.tagName = `h${Math.min(open.length + 2, 6)}`
  }
}

function* headings(node: Node): Generator<Node> {
  if (/^h[1-6]$/.test(node.tagName ?? '')) yield node
  for (const child of node.children ?? []) yield* headings(child)
}
