// Before the first paint, so that a dark screen doesn't flash white. A file of its own: the page's policy allows no inline code.
try {
  const chosen = localStorage.getItem('mantine-color-scheme-value');
  const isDark =
    chosen === 'dark' || (chosen !== 'light' && matchMedia('(prefers-color-scheme: dark)').matches);
  document.documentElement.setAttribute('data-mantine-color-scheme', isDark ? 'dark' : 'light');
} catch {
  // Storage is closed to this page: it starts light.
}
