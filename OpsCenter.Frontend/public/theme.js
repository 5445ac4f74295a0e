try {
  const theme = localStorage.getItem('opscenter.theme')
  if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme
} catch {
  // Storage is blocked: the system's theme is a good answer.
}
