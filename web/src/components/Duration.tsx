// How long something took: short times to the millisecond; what goes on ticks in whole seconds until it ends.

import { fine, soFar, spanOf } from "../model/durations";
import { useNow } from "./useNow";

export function Duration({ from, to }: { from: string | null | undefined; to: string | null | undefined }) {
  const ticking = Boolean(from) && !to;
  const now = useNow(ticking);
  const seconds = spanOf(from, to, now);
  if (seconds === null) return <span aria-label="not started">–</span>;
  return <span style={{ whiteSpace: "nowrap", fontVariantNumeric: "tabular-nums" }}>{ticking ? soFar(seconds) : fine(seconds * 1000)}</span>;
}
