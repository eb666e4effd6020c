// How everything looks: Mantine's theme, and the colours of states as CSS variables, for light and dark pages.

import { createTheme, type CSSVariablesResolver, type MantineColorsTuple } from "@mantine/core";

import { DARK_GROUNDS, DARK_TONES, DARK_WORDS, LIGHT_GROUNDS, LIGHT_TONES, LIGHT_WORDS, type Tones } from "./model/colours";

const CRUST: MantineColorsTuple = ["#fbf4ec", "#f3e4d3", "#e8c9a6", "#dcae78", "#d79d5c", "#c9863a", "#a8621f", "#8a4f18", "#713f11", "#57300b"];

export const theme = createTheme({
  colors: { crust: CRUST },
  primaryColor: "crust",
  primaryShade: { light: 7, dark: 7 },
  defaultRadius: "sm",
  cursorType: "pointer",
  focusRing: "auto",
  respectReducedMotion: true,
  fontFamily: "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, 'Noto Sans', sans-serif",
  fontFamilyMonospace: "ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace",
  fontSizes: { xs: "0.75rem", sm: "0.875rem", md: "0.9375rem", lg: "1.0625rem", xl: "1.25rem" },
  // The page below a dialog stays where it is, its scroll bar too: nothing moves.
  components: {
    Modal: { defaultProps: { lockScroll: false } },
    Drawer: { defaultProps: { lockScroll: false } },
    Notification: { defaultProps: { closeButtonProps: { "aria-label": "Close" } } },
  },
  headings: {
    fontWeight: "650",
    sizes: { h1: { fontSize: "1.5rem" }, h2: { fontSize: "1.125rem" }, h3: { fontSize: "1rem" } },
  },
});

/** The names of the CSS variables of a tone: `var(--tone-good-text)`, `-back`, `-line`. */
function variables(tones: Tones): Record<string, string> {
  return Object.fromEntries(
    Object.entries(tones).flatMap(([name, tone]) => [
      [`--tone-${name}-text`, tone.text],
      [`--tone-${name}-back`, tone.back],
      [`--tone-${name}-line`, tone.line],
    ]),
  );
}

export const resolver: CSSVariablesResolver = () => ({
  variables: {},
  light: {
    ...variables(LIGHT_TONES),
    "--mantine-color-body": LIGHT_GROUNDS.page,
    "--ground-card": LIGHT_GROUNDS.card,
    "--ground-sunk": "#f1efec",
    "--line-soft": "#dedad4",
    "--line-strong": "#8c857b",
    "--mantine-color-text": LIGHT_WORDS.text,
    "--mantine-color-dimmed": LIGHT_WORDS.dimmed,
    "--mantine-color-placeholder": "#6a7177",
    "--mantine-color-error": LIGHT_TONES.bad.text,
    "--mantine-color-anchor": CRUST[7],
    "--mantine-color-default-border": "#b9b2a9",
  },
  dark: {
    ...variables(DARK_TONES),
    "--mantine-color-body": DARK_GROUNDS.page,
    "--ground-card": DARK_GROUNDS.card,
    "--ground-sunk": "#1b1d1f",
    "--line-soft": "#3a3e42",
    "--line-strong": "#7d848b",
    "--mantine-color-text": DARK_WORDS.text,
    "--mantine-color-dimmed": DARK_WORDS.dimmed,
    "--mantine-color-placeholder": "#969da3",
    "--mantine-color-error": DARK_TONES.bad.text,
    "--mantine-color-anchor": "#e0ad74",
    "--mantine-color-default-border": "#565c62",
  },
});
