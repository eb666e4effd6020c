// Writes JSON: brackets in pairs, colours, and the place of a mistake underlined.

import { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
import { json } from "@codemirror/lang-json";
import { bracketMatching, indentOnInput } from "@codemirror/language";
import { type Diagnostic, setDiagnostics } from "@codemirror/lint";
import { EditorState } from "@codemirror/state";
import { EditorView, keymap } from "@codemirror/view";
import { useEffect, useEffectEvent, useRef } from "react";

import type { JsonEditorProps } from "../JsonEditor";
import styles from "./editor.module.css";
import { shared } from "./setup";

export default function JsonEdit({ text, onChange, label, describedBy, mistake }: JsonEditorProps) {
  const place = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView | null>(null);
  const changed = useEffectEvent(onChange);
  const start = useEffectEvent(() => text);
  useEffect(() => {
    if (place.current === null) return;
    const attributes: Record<string, string> = { "aria-label": label, "aria-multiline": "true" };
    if (describedBy !== undefined) attributes["aria-describedby"] = describedBy;
    const state = EditorState.create({
      doc: start(),
      extensions: [
        shared,
        history(),
        json(),
        bracketMatching(),
        indentOnInput(),
        // Tab leaves the editor, as it does any other field.
        keymap.of([...defaultKeymap, ...historyKeymap]),
        EditorView.lineWrapping,
        EditorView.contentAttributes.of(attributes),
        EditorView.updateListener.of((update) => {
          if (update.docChanged) changed(update.state.doc.toString());
        }),
      ],
    });
    const made = new EditorView({ state, parent: place.current });
    view.current = made;
    return () => made.destroy();
  }, [label, describedBy]);

  useEffect(() => {
    // Set from outside, as by "use the default".
    const now = view.current;
    if (now !== null && now.state.doc.toString() !== text) now.dispatch({ changes: { from: 0, to: now.state.doc.length, insert: text } });
  }, [text]);

  useEffect(() => {
    const now = view.current;
    if (now === null) return;
    const at = Math.min(mistake?.offset ?? 0, now.state.doc.length);
    const found: Diagnostic[] = mistake === undefined ? [] : [{ from: Math.max(0, at - 1), to: at, severity: "error", message: mistake.message }];
    now.dispatch(setDiagnostics(now.state, found));
  }, [mistake]);

  return <div ref={place} className={styles.json} data-wrong={mistake !== undefined || undefined} />;
}
