// A text to read: YAML, JSON, source. The editor that shows it is loaded when it is needed.

import { lazy, Suspense } from "react";

import { patiently } from "../patient";
import { LoadingPage } from "./LoadingPage";

const CodeView = lazy(() => patiently(() => import("./editor/CodeView")));

export interface CodeProps {
  text: string;
  language: "yaml" | "json" | "text";
  /** What it is, for screen readers. */
  label: string;
  /** Any CSS height; without it as high as the text, up to most of the window. */
  height?: string;
}

export function Code(props: CodeProps) {
  return (
    <Suspense fallback={<LoadingPage height={props.height ?? "12rem"} />}>
      <CodeView {...props} />
    </Suspense>
  );
}
