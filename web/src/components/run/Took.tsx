// How long a step took: short ones to the millisecond, and those that go on as they go on.

import { fine } from "../../model/timeline";
import { Duration } from "../Duration";

export function Took({ from, to }: { from: string | null; to: string | null }) {
  if (from === null || to === null) return <Duration from={from} to={to} />;
  return <span style={{ whiteSpace: "nowrap", fontVariantNumeric: "tabular-nums" }}>{fine(Math.max(0, Date.parse(to) - Date.parse(from)))}</span>;
}
