// The state of a run or a step: a picture and a word, never a colour alone.

import {
  IconBan,
  IconBox,
  IconCircleCheck,
  IconCircleX,
  IconClock,
  IconLoader2,
  IconPlayerSkipForward,
  IconRecycle,
  IconRotateClockwise,
  IconStack2,
  type TablerIcon,
} from "@tabler/icons-react";

import { type AnyState, LOOKS, type StateIcon, type StateTone } from "../model/states";
import styles from "./StateBadge.module.css";

const ICONS: Readonly<Record<StateIcon, TablerIcon>> = {
  check: IconCircleCheck,
  cross: IconCircleX,
  spinner: IconLoader2,
  clock: IconClock,
  queue: IconStack2,
  box: IconBox,
  skip: IconPlayerSkipForward,
  stop: IconBan,
  retry: IconRotateClockwise,
  reuse: IconRecycle,
};

export function StateIconOf({ state, size = 16 }: { state: AnyState; size?: number }) {
  const Icon = ICONS[LOOKS[state].icon];
  return <Icon size={size} stroke={2} aria-hidden className={LOOKS[state].icon === "spinner" ? styles.turning : undefined} />;
}

/** `compact`: the picture alone, with its word for screen readers and on hover. */
export function StateBadge({ state, compact = false, note = "" }: { state: AnyState; compact?: boolean; note?: string }) {
  const look = LOOKS[state];
  const title = note === "" ? look.meaning : note;
  return (
    <span className={styles.badge} data-compact={compact || undefined} style={toneStyle(look.tone)} title={compact ? `${look.label}: ${title}` : title}>
      <StateIconOf state={state} size={compact ? 18 : 14} />
      <span className={compact ? styles.unseen : undefined}>{look.label}</span>
    </span>
  );
}

/** The colours of a tone, for Mantine's `Alert`: its `vars`. */
export const alertTone = (tone: StateTone) => () => ({ root: { "--alert-color": `var(--tone-${tone}-text)`, "--alert-bd": `1px solid var(--tone-${tone}-line)`, "--alert-bg": `var(--tone-${tone}-back)` } });

/** The colours of a tone, for any element. */
export const toneStyle = (tone: StateTone) => ({ color: `var(--tone-${tone}-text)`, background: `var(--tone-${tone}-back)` });
