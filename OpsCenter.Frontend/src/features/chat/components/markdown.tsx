import { isValidElement, memo, type ReactNode } from 'react'
import ReactMarkdown, { type Components } from 'react-markdown'
import rehypeSanitize from 'rehype-sanitize'
import remarkGfm from 'remark-gfm'
import { headingsBelowTheAnswer } from '../headings'
import { CodeBlock } from './code-block'

const components: Components = {
  a: ({ href, children }) => (
    <a href={href} target="_blank" rel="noopener noreferrer">
      {children}
    </a>
  ),
  // An image in an answer would be fetched from wherever the answer says, and its address could carry the chat along.
  img: ({ src, alt }) => (
    <a href={typeof src === 'string' ? src : undefined} target="_blank" rel="noopener noreferrer">
      {alt || 'Image'}
    </a>
  ),
  pre: ({ children }) => <CodeBlock {...codeOf(children)} />,
  // The boxes of a task list say something, but nobody can tick them.
  input: ({ checked }) => (
    <input type="checkbox" checked={checked} disabled aria-label={checked ? 'Done' : 'Open'} />
  ),
  table: ({ children }) => (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a wide table scrolls, and the keyboard must reach it
    // biome-ignore lint/a11y/useSemanticElements: a section would be a landmark, and an answer may have many
    <div role="group" tabIndex={0} aria-label="Table" className="overflow-x-auto">
      <table>{children}</table>
    </div>
  ),
}

function codeOf(children: ReactNode) {
  if (!isValidElement<{ className?: string; children?: ReactNode }>(children))
    return { code: String(children ?? '') }
  const { className, children: code } = children.props
  const language = /language-(\S+)/.exec(className ?? '')?.[1]
  return { code: String(code ?? '').replace(/\n$/, ''), ...(language && { language }) }
}

export default memo(function Markdown({ text }: { text: string }) {
  return (
    <div className="prose">
      <ReactMarkdown
        remarkPlugins={[remarkGfm]}
        rehypePlugins={[rehypeSanitize, headingsBelowTheAnswer]}
        components={components}
      >
        {text}
      </ReactMarkdown>
    </div>
  )
})
