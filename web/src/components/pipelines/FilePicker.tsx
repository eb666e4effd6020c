// Takes a pipeline's file: dropped here or anywhere on the page, chosen, or pasted.

import { Button, CloseButton } from "@mantine/core";
import { useWindowEvent } from "@mantine/hooks";
import { IconFileText, IconUpload } from "@tabler/icons-react";
import { type DragEvent, useRef, useState } from "react";

import { size } from "../../model/durations";
import { ACCEPTED } from "../../model/packages";
import { Words } from "../Words";
import styles from "./FilePicker.module.css";

interface Props {
  file: File | null;
  onPick: (files: File[]) => void;
  onClear: () => void;
  /** Why the last one was not taken. */
  refused: string;
}

export function FilePicker({ file, onPick, onClear, refused }: Props) {
  const chooser = useRef<HTMLInputElement>(null);
  const over = useDropAnywhere(onPick);
  usePaste(onPick);
  return (
    <div>
      <div className={styles.zone} data-over={over || undefined} data-wrong={refused !== "" || undefined}>
        <input
          ref={chooser}
          type="file"
          accept={ACCEPTED}
          className={styles.input}
          aria-label="Pipeline file"
          aria-describedby={refused === "" ? "file-hint" : "file-refused"}
          onChange={(event) => {
            onPick([...(event.currentTarget.files ?? [])]);
            event.currentTarget.value = "";
          }}
        />
        {file === null ? (
          <>
            <IconUpload size={28} aria-hidden />
            <p className={styles.title}>{over ? "Let go to take the file" : "Drop the pipeline’s file anywhere on this page"}</p>
            <p className={styles.hint} id="file-hint">
              or choose it, or paste its text (Ctrl+V): YAML or JSON as a compiler writes it, or a .zip or .tar.gz with it, up to 32 MiB
            </p>
            <Button variant="default" size="sm" onClick={() => chooser.current?.click()}>
              Choose a file
            </Button>
          </>
        ) : (
          <div className={styles.chosen}>
            <IconFileText size={24} aria-hidden />
            <span className={styles.name}>
              <strong>{file.name}</strong> {size(file.size)}
            </span>
            <Button variant="default" size="compact-sm" onClick={() => chooser.current?.click()}>
              Another
            </Button>
            <CloseButton aria-label="Take the file away" onClick={onClear} />
          </div>
        )}
      </div>
      {refused !== "" && (
        <p role="alert" id="file-refused" className={styles.refused}>
          <Words text={refused} />
        </p>
      )}
    </div>
  );
}

const hasFiles = (event: DragEvent | globalThis.DragEvent): boolean => event.dataTransfer?.types.includes("Files") === true;

/** Whether a file is held over the page. Each element that is entered counts, each that is left counts back. */
function useDropAnywhere(onPick: (files: File[]) => void): boolean {
  const [depth, setDepth] = useState(0);
  useWindowEvent("dragenter", (event) => hasFiles(event) && setDepth((now) => now + 1));
  useWindowEvent("dragleave", (event) => hasFiles(event) && setDepth((now) => Math.max(0, now - 1)));
  useWindowEvent("dragover", (event) => hasFiles(event) && event.preventDefault());
  useWindowEvent("drop", (event) => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    setDepth(0);
    onPick([...(event.dataTransfer?.files ?? [])]);
  });
  return depth > 0;
}

function usePaste(onPick: (files: File[]) => void): void {
  useWindowEvent("paste", (event) => {
    const field = event.target instanceof HTMLElement && event.target.closest("input, textarea, [contenteditable]") !== null;
    const files = [...(event.clipboardData?.files ?? [])];
    const text = event.clipboardData?.getData("text/plain") ?? "";
    if (files.length > 0) onPick(files);
    else if (!field && text.trim() !== "") onPick([new File([text], text.trimStart().startsWith("{") ? "pasted.json" : "pasted.yaml", { type: "text/plain" })]);
  });
}
