// A field for JSON. The editor is loaded when it is needed.

import { Skeleton } from "@mantine/core";
import { lazy, Suspense } from "react";

import { patiently } from "../patient";

const JsonEdit = lazy(() => patiently(() => import("./editor/JsonEdit")));

export interface JsonEditorProps {
  text: string;
  onChange: (text: string) => void;
  /** For screen readers. */
  label: string;
  /** The id of the element that explains it. */
  describedBy?: string;
  /** Where it is not JSON, in characters from the beginning. */
  mistake?: { message: string; offset: number };
}

export function JsonEditor(props: JsonEditorProps) {
  return (
    <Suspense fallback={<Skeleton height="2.6rem" />}>
      <JsonEdit {...props} />
    </Suspense>
  );
}
