import { createTheme, type CSSVariablesResolver } from '@mantine/core';

/** One accent colour; the others only ever say a state, and never without a word beside them. */
export const theme = createTheme({
  primaryColor: 'indigo',
  primaryShade: { light: 8, dark: 8 },
  defaultRadius: 'md',
  fontFamily:
    'Inter, ui-sans-serif, system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif',
  fontFamilyMonospace: 'ui-monospace, SFMono-Regular, Menlo, Consolas, "Liberation Mono", monospace',
  headings: {
    fontWeight: '650',
    sizes: { h1: { fontSize: '1.5rem' }, h2: { fontSize: '1.125rem' }, h3: { fontSize: '1rem' } },
  },
  cursorType: 'pointer',
  respectReducedMotion: true,
  components: {
    Paper: { defaultProps: { withBorder: true, radius: 'lg', p: 'lg' } },
    Tooltip: {
      defaultProps: {
        withArrow: true,
        multiline: true,
        maw: 320,
        events: { hover: true, focus: true, touch: true },
      },
    },
    Modal: { defaultProps: { closeButtonProps: { 'aria-label': 'Close' }, radius: 'lg' } },
    Alert: { defaultProps: { radius: 'md' } },
    NumberInput: { defaultProps: { hideControls: true } },
  },
});

/** Mantine's own dimmed texts miss the contrast of 4.5:1 that small print needs. */
export const cssVariables: CSSVariablesResolver = () => ({
  variables: {},
  light: {
    '--mantine-color-body': '#f7f8fa',
    '--mantine-color-dimmed': '#5a6270',
    '--mantine-color-placeholder': '#6b7280',
    '--mantine-color-anchor': '#364fc7',
    '--mantine-color-error': '#c92a2a',
    '--cj-surface': '#ffffff',
    '--cj-sunken': '#f1f3f5',
    '--cj-border': '#e3e6ea',
    '--cj-good': '#2b8a3e',
    '--cj-warn': '#b35c00',
    '--cj-bad': '#c92a2a',
    '--cj-calm': '#6b7280',
    '--cj-accent': '#3b5bdb',
    '--cj-accent-soft': '#edf2ff',
  },
  dark: {
    '--mantine-color-body': '#16181c',
    '--mantine-color-text': '#dfe2e6',
    '--mantine-color-dimmed': '#a3abb7',
    '--mantine-color-placeholder': '#9aa2ae',
    '--mantine-color-anchor': '#a5b4fc',
    '--mantine-color-error': '#ff8787',
    '--mantine-color-default': '#262a31',
    '--mantine-color-default-hover': '#2e333b',
    '--mantine-color-default-border': '#3b4049',
    '--cj-surface': '#1e2126',
    '--cj-sunken': '#15171a',
    '--cj-border': '#31353c',
    '--cj-good': '#69db7c',
    '--cj-warn': '#ffc078',
    '--cj-bad': '#ff8787',
    '--cj-calm': '#a3abb7',
    '--cj-accent': '#91a7ff',
    '--cj-accent-soft': '#262c42',
  },
});
