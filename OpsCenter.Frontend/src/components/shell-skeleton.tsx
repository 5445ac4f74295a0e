/** The shape of the console while it asks who is signed in. */
export function ShellSkeleton() {
  return (
    <div aria-busy="true" className="min-h-dvh nav:grid nav:grid-cols-[216px_minmax(0,1fr)]">
      <div className="flex flex-col gap-3 border-r border-line px-5 py-5 max-nav:hidden">
        <div className="skeleton h-5 w-28" />
        <div className="skeleton mt-3 h-5 w-36" />
        <div className="skeleton mt-auto h-5 w-24" />
      </div>
      <main className="px-4 pt-5 nav:px-7">
        <h1 className="sr-only">Loading</h1>
        <div className="skeleton h-7 w-48" />
        <div className="skeleton mt-7 h-4 w-full max-w-[560px]" />
        <div className="skeleton mt-3 h-4 w-full max-w-[480px]" />
        <div className="skeleton mt-7 h-32 w-full max-w-[760px]" />
      </main>
    </div>
  )
}
