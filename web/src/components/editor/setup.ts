// What all editors share: looks in both colour schemes, by the variables of the theme.

import { HighlightStyle, syntaxHighlighting } from "@codemirror/language";
import type { Extension } from "@codemirror/state";
import { EditorView } from "@codemirror/view";
import { tags } from "@lezer/highlight";

const looks = EditorView.theme({
  "&": { fontSize: "13px", backgroundColor: "var(--ground-card)", color: "var(--mantine-color-text)", height: "100%" },
  "&.cm-focused": { outline: "2px solid var(--mantine-color-anchor)", outlineOffset: "-1px" },
  ".cm-scroller": { fontFamily: "var(--mantine-font-family-monospace)", lineHeight: "1.5" },
  ".cm-gutters": { backgroundColor: "var(--ground-sunk)", color: "var(--mantine-color-dimmed)", border: "none", borderRight: "1px solid var(--line-soft)" },
  ".cm-activeLine, .cm-activeLineGutter": { backgroundColor: "color-mix(in srgb, var(--ground-sunk) 70%, transparent)" },
  ".cm-content": { caretColor: "var(--mantine-color-text)" },
  ".cm-cursor": { borderLeftColor: "var(--mantine-color-text)" },
  "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground": { backgroundColor: "#d79d5c55" },
  ".cm-foldPlaceholder": { backgroundColor: "var(--ground-sunk)", color: "var(--mantine-color-dimmed)", border: "1px solid var(--line-soft)" },
  ".cm-panels": { backgroundColor: "var(--ground-sunk)", color: "var(--mantine-color-text)" },
  ".cm-panels input, .cm-panels button": { color: "var(--mantine-color-text)", backgroundColor: "var(--ground-card)", backgroundImage: "none", border: "1px solid var(--line-strong)", borderRadius: "3px" },
  ".cm-searchMatch": { backgroundColor: "#d79d5c66" },
  ".cm-tooltip": { backgroundColor: "var(--ground-card)", color: "var(--mantine-color-text)", border: "1px solid var(--line-soft)" },
});

const colours = HighlightStyle.define([
  { tag: [tags.propertyName, tags.definition(tags.propertyName), tags.attributeName], color: "var(--tone-busy-text)" },
  { tag: [tags.string, tags.special(tags.string)], color: "var(--tone-good-text)" },
  { tag: [tags.number, tags.bool, tags.null, tags.atom], color: "var(--tone-reused-text)" },
  { tag: [tags.keyword, tags.typeName, tags.labelName, tags.meta], color: "var(--tone-warn-text)" },
  { tag: [tags.comment, tags.lineComment], color: "var(--mantine-color-dimmed)", fontStyle: "italic" },
  { tag: tags.invalid, color: "var(--tone-bad-text)" },
]);

export const shared: Extension = [looks, syntaxHighlighting(colours)];
