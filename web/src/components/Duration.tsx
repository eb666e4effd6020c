// How long something took, or has taken so far: it ticks until it ends.

import { duration, spanOf } from "../model/durations";
import { useNow } from "./useNow";

export function Duration({ from, to }: { from: string | null | undefined; to: string | null | undefined }) {
  const ticking = Boolean(from) && !to;
  const now = useNow(ticking);
  const seconds = spanOf(from, to, now);
  if (seconds === null) return <span aria-label="not started">–</span>;
  return <span style={{ whiteSpace: "nowrap", fontVariantNumeric: "tabular-nums" }}>{duration(ticking ? Math.floor(seconds) : seconds)}</span>;
}
