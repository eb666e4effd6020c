// A moment: how long ago it is, and the exact time on hover.

import { ago, exact } from "../model/durations";
import { useNow } from "./useNow";

/** With `full` the exact time is shown, and how long ago that is on hover. */
export function Time({ at, full = false }: { at: string; full?: boolean }) {
  const now = useNow();
  const relative = ago(at, now);
  return (
    <time dateTime={at} title={full ? relative : exact(at)} style={{ whiteSpace: "nowrap" }}>
      {full ? exact(at) : relative}
    </time>
  );
}
