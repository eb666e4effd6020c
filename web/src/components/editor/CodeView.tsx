// A read-only text with numbers of lines, colours, folding and search.

import { defaultKeymap } from "@codemirror/commands";
import { json } from "@codemirror/lang-json";
import { yaml } from "@codemirror/lang-yaml";
import { codeFolding, foldGutter, foldKeymap } from "@codemirror/language";
import { search, searchKeymap } from "@codemirror/search";
import { EditorState } from "@codemirror/state";
import { EditorView, keymap, lineNumbers } from "@codemirror/view";
import { useEffect, useRef } from "react";

import type { CodeProps } from "../Code";
import styles from "./editor.module.css";
import { shared } from "./setup";

const LANGUAGES = { yaml: [yaml()], json: [json()], text: [] };

export default function CodeView({ text, language, label, height }: CodeProps) {
  const place = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (place.current === null) return;
    const state = EditorState.create({
      doc: text,
      extensions: [
        shared,
        lineNumbers(),
        codeFolding(),
        foldGutter(),
        search({ top: true }),
        keymap.of([...searchKeymap, ...foldKeymap, ...defaultKeymap]),
        EditorState.readOnly.of(true),
        EditorView.contentAttributes.of({ "aria-label": label, "aria-readonly": "true", tabindex: "0" }),
        EditorView.lineWrapping,
        LANGUAGES[language],
      ],
    });
    const view = new EditorView({ state, parent: place.current });
    return () => view.destroy();
  }, [text, language, label]);
  return <div ref={place} className={styles.code} style={{ height, maxHeight: height === undefined ? "70vh" : undefined }} />;
}
