// The log of one attempt: its lines, what can be done with it, and how much of it there is.

import { type KeyboardEvent, useRef } from "react";

import { count, size as bytes } from "../../model/durations";
import { type LogState, type LogWindow, reachesEnd } from "../../model/logs";
import { LogLines, type Target } from "./LogLines";
import classes from "./logs.module.css";
import { LogTools, type Searching } from "./LogTools";

export interface LogActions {
  onSearch: (text: string) => void;
  onStep: (by: 1 | -1) => void;
  onWrap: (wrap: boolean) => void;
  onFollow: (follow: boolean) => void;
  onStart: () => void;
  onEnd: () => void;
  onNearStart: () => void;
  onNearEnd: () => void;
  onPick: (offset: number) => void;
  onLink: () => void;
  onSight: (offset: number) => void;
}

interface Props {
  state: LogState;
  label: string;
  searching: Searching;
  target: Target | undefined;
  wrap: boolean;
  /** Why the log is not whole, if it is not. */
  note: string;
  download: string;
  hrefOf: (offset: number) => string;
  actions: LogActions;
}

export function LogView({ state, label, searching, target, wrap, note, download, hrefOf, actions }: Props) {
  const field = useRef<HTMLInputElement>(null);
  const onKeyDown = (event: KeyboardEvent): void => {
    if (!(event.ctrlKey || event.metaKey) || event.key.toLowerCase() !== "f") return;
    event.preventDefault(); // The browser would search only the lines that are drawn.
    field.current?.select();
  };
  const { window } = state;
  if (!window) return null;
  return (
    <div className={classes.view} onKeyDown={onKeyDown}>
      <LogTools download={download} field={field} searching={searching} wrap={wrap} {...actions} />
      <LogLines
        follow={state.follow}
        hrefOf={hrefOf}
        label={label}
        more={!reachesEnd(state)}
        onLastPage={actions.onEnd}
        searched={searching.text}
        target={target}
        window={window}
        wrap={wrap}
        {...actions}
      />
      <div className={classes.status}>
        <span>{statusOf(state)}</span>
        {note !== "" && <span>{note}</span>}
      </div>
    </div>
  );
}

const statusOf = (state: LogState): string => {
  const { window, size } = state;
  if (!window) return "";
  if (size === 0) return window.complete ? "Nothing was printed." : "Nothing has been printed yet.";
  const going = window.complete || !reachesEnd(state) ? "" : state.follow ? ", following what is printed" : ", more may be printed";
  return `${partOf(state, window)}${going}`;
};

/** How much of the log is here. */
const partOf = (state: LogState, window: LogWindow): string => {
  const here = `${bytes(window.end - window.start)} of ${bytes(state.size)}`;
  if (window.start > 0) return reachesEnd(state) ? `The last ${here}; scroll up for what is before` : `${here}, from ${Math.floor((window.start / state.size) * 100)}% on`;
  const lines = count(window.lines.filter((line) => !line.continued).length, "line");
  return reachesEnd(state) ? `${lines}, ${bytes(state.size)}` : `The first ${here}, ${lines}; scroll down for what follows`;
};
