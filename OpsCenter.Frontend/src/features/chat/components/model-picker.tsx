import { useQuery } from '@tanstack/react-query'
import { Popover } from 'radix-ui'
import { type KeyboardEvent, useEffect, useId, useMemo, useState } from 'react'
import { Button } from '@/components/button'
import { formatPerMillion } from '@/lib/money'
import { providerColor, providerName } from '@/lib/providers'
import { type Model, modelsQuery } from '../api/get-models'
import { groupModels } from '../models'

interface Props {
  value: string
  onChange: (id: string) => void
}

export function ModelPicker({ value, onChange }: Props) {
  const [open, setOpen] = useState(false)
  const { data: models } = useQuery(modelsQuery)
  const chosen = models?.find(({ id }) => id === value)

  return (
    <Popover.Root open={open} onOpenChange={setOpen}>
      <Popover.Trigger asChild>
        <Button className="max-w-full min-w-0 shrink!" aria-label={`Model: ${nameOf(value, chosen)}`}>
          <span className="min-w-0 truncate">{nameOf(value, chosen)}</span>
          <span className="min-w-0 truncate text-12 text-ink3 max-[420px]:hidden">
            {value === 'auto' ? 'best for the task' : chosen && providerName(providerOf(chosen))}
          </span>
        </Button>
      </Popover.Trigger>
      <Popover.Portal>
        <Popover.Content
          aria-label="Choose a model"
          align="end"
          sideOffset={6}
          collisionPadding={12}
          className="fade-in z-30 flex max-h-[min(480px,var(--radix-popover-content-available-height))] w-[min(460px,calc(100vw-24px))] flex-col overflow-hidden rounded-surface border border-line-strong bg-surface"
        >
          <ModelList
            value={value}
            onChoose={(id) => {
              onChange(id)
              setOpen(false)
            }}
          />
        </Popover.Content>
      </Popover.Portal>
    </Popover.Root>
  )
}

function ModelList({ value, onChoose }: { value: string; onChoose: (id: string) => void }) {
  const { data: models, isPending, isError, refetch } = useQuery(modelsQuery)
  const [search, setSearch] = useState('')
  const groups = useMemo(() => groupModels(models ?? [], search), [models, search])
  const rows = groups.flatMap((group) => group.models)
  const [activeId, setActiveId] = useState(value)
  const active = rows.find(({ id }) => id === activeId) ?? rows.find(isAvailable) ?? rows[0]
  const list = useId()

  useEffect(() => {
    if (active) document.getElementById(optionId(list, active.id))?.scrollIntoView({ block: 'nearest' })
  }, [active, list])

  const move = (by: number) => {
    const at = active ? rows.indexOf(active) : -1
    const next = rows[Math.min(Math.max(at + by, 0), rows.length - 1)]
    if (next) setActiveId(next.id)
  }

  const onKeyDown = (event: KeyboardEvent) => {
    const steps: Record<string, number> = { ArrowDown: 1, ArrowUp: -1, PageDown: 8, PageUp: -8 }
    const step = steps[event.key]
    if (step !== undefined) move(step)
    else if (event.key === 'Enter' && active && isAvailable(active)) onChoose(active.id)
    else if (event.key !== 'Enter') return
    event.preventDefault()
  }

  return (
    <>
      <input
        role="combobox"
        aria-label="Search models by name or provider"
        aria-expanded={rows.length > 0}
        aria-controls={rows.length > 0 ? list : undefined}
        aria-activedescendant={active && optionId(list, active.id)}
        aria-autocomplete="list"
        autoComplete="off"
        spellCheck={false}
        value={search}
        onChange={(event) => setSearch(event.target.value)}
        onKeyDown={onKeyDown}
        placeholder="Name or provider"
        className="h-10 shrink-0 border-b border-line bg-transparent px-3 text-13 outline-none pointer-coarse:h-12"
      />
      {isPending && (
        <div className="flex flex-col gap-3 p-3">
          {[64, 48, 56].map((width) => (
            <div key={width} className="skeleton h-4" style={{ width: `${width}%` }} />
          ))}
        </div>
      )}
      {isError && !models && (
        <div className="flex items-center justify-between gap-3 p-3 text-13">
          The models could not be loaded. Auto still works.
          <Button onClick={() => refetch()}>Retry</Button>
        </div>
      )}
      {models && rows.length === 0 && <p className="p-3 text-13 text-ink2">No model has that name.</p>}
      {rows.length > 0 && (
        <div id={list} role="listbox" aria-label="Models" className="min-h-0 scroll-py-8 overflow-y-auto p-1">
          {groups.map(({ provider, models }) => (
            // biome-ignore lint/a11y/useSemanticElements: inside a listbox a group of options has no element of its own
            <div
              key={provider ?? 'auto'}
              role="group"
              aria-label={provider ? providerName(provider) : 'OpsCenter decides'}
            >
              {provider && (
                <div
                  aria-hidden="true"
                  className="flex items-center gap-2 px-2 pt-2.5 pb-1 text-11 font-medium text-ink3"
                >
                  <span
                    className="size-2.5 rounded-mark forced-color-adjust-none"
                    style={{ background: providerColor(provider) }}
                  />
                  {providerName(provider)}
                </div>
              )}
              {models.map((model) => (
                <ModelRow
                  key={model.id}
                  id={optionId(list, model.id)}
                  model={model}
                  chosen={model.id === value}
                  active={model === active}
                  onPoint={() => setActiveId(model.id)}
                  onChoose={() => onChoose(model.id)}
                />
              ))}
            </div>
          ))}
        </div>
      )}
      {rows.length > 0 && (
        <p className="shrink-0 border-t border-line px-3 py-1.5 text-11 text-ink3">
          Prices per million tokens
        </p>
      )}
    </>
  )
}

interface RowProps {
  id: string
  model: Model
  chosen: boolean
  active: boolean
  onPoint: () => void
  onChoose: () => void
}

function ModelRow({ id, model, chosen, active, onPoint, onChoose }: RowProps) {
  const available = isAvailable(model)
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the keyboard stays in the search field, which moves and chooses
    // biome-ignore lint/a11y/useFocusableInteractive: the focus stays in the search field, which names the active option
    <div
      id={id}
      role="option"
      aria-selected={chosen}
      aria-disabled={!available}
      onPointerMove={onPoint}
      onClick={() => available && onChoose()}
      className={`rounded-[4px] px-2 py-1.5 text-13 ${active ? 'bg-brand-soft forced-colors:underline' : ''} ${available ? 'cursor-pointer' : 'cursor-not-allowed text-ink2'}`}
    >
      <div className="flex items-baseline justify-between gap-3">
        <span className={`min-w-0 ${chosen ? 'font-semibold' : 'font-medium'}`}>
          {nameOf(model.id, model)}
          {chosen && <span className="ml-2 text-12 font-normal text-ink2">chosen</span>}
        </span>
        {available ? (
          model.pricing &&
          model.id !== 'auto' && (
            <span className="shrink-0 text-12 text-ink2">
              {formatPerMillion(model.pricing.prompt)} in, {formatPerMillion(model.pricing.completion)} out
            </span>
          )
        ) : (
          <span className="flex shrink-0 items-center gap-1.5 text-12 text-ink2">
            <svg width="10" height="12" viewBox="0 0 10 12" aria-hidden="true">
              <path
                d="M2.5 5.5V3.5a2.5 2.5 0 0 1 5 0v2"
                fill="none"
                stroke="currentColor"
                strokeWidth="1.3"
              />
              <rect x="1" y="5.5" width="8" height="6" rx="1" fill="currentColor" />
            </svg>
            {lockOf(model)}
          </span>
        )}
      </div>
      <div className="text-12 text-ink2">
        {model.id === 'auto' ? 'Best for the task: each message gets its own model' : factsOf(model)}
      </div>
    </div>
  )
}

const capabilityNames: Record<string, string> = { tools: 'tools', vision: 'vision', json: 'JSON' }

function factsOf({ context_length, opscenter }: Model) {
  return [
    context_length && `${thousands(context_length)} context`,
    ...(opscenter?.capabilities ?? []).map((capability) => capabilityNames[capability] ?? capability),
  ]
    .filter(Boolean)
    .join(', ')
}

/** Context lengths are powers of two or round numbers; each is named as its maker names it. */
const thousands = (tokens: number) =>
  `${Math.round(tokens / (tokens % 1024 === 0 ? 1024 : 1000)).toLocaleString('en')}K`

function lockOf({ opscenter }: Model) {
  const tier = opscenter?.tier
  return tier && tier !== 'free' ? `${tier.charAt(0).toUpperCase()}${tier.slice(1)} tier` : 'Not available'
}

const isAvailable = ({ opscenter }: Model) => opscenter?.available ?? true

const providerOf = ({ opscenter, owned_by }: Model) => opscenter?.provider ?? owned_by

const nameOf = (id: string, model: Model | undefined) =>
  id === 'auto' ? 'Auto' : (model?.display_name ?? id)

const optionId = (list: string, id: string) => `${list}-${id.replaceAll(/[^\w-]/g, '_')}`
