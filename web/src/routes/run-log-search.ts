// A search through the log of an attempt: block by block, and on through what is printed later.

import { useEffect, useEffectEvent, useRef, useState } from "react";

import { type LogOf, searchLog } from "../api/queries";
import type { Searching } from "../components/logs/LogTools";
import { begun, firstMatch, type LogState, reachesEnd, type Search, searchedOn } from "../model/logs";
import { troubleFrom } from "../model/problems";

const TYPING = 250; // milliseconds
const GROWING = 1_500;

interface Options {
  log: LogOf;
  state: LogState;
  /** The first byte in sight: the search shows the match that is nearest to it. */
  sight: () => number;
  goTo: (offset: number) => void;
}

export interface LogSearch extends Searching {
  trouble: string;
  onSearch: (text: string) => void;
  onStep: (by: 1 | -1) => void;
}

export function useLogSearch({ log, state, sight, goTo }: Options): LogSearch {
  const [text, setText] = useState("");
  const [search, setSearch] = useState<Search>();
  const [current, setCurrent] = useState(-1);
  const [busy, setBusy] = useState(false);
  const [trouble, setTrouble] = useState("");
  // A search takes long: what it finds is shown by the page as it is then.
  const latest = useRef(goTo);
  useEffect(() => {
    latest.current = goTo;
  });
  const show = (found: Search, place: number): void => {
    const match = found.matches[place];
    setCurrent(place);
    if (match) latest.current(match.offset);
  };
  const run = async (start: Search, signal: AbortSignal): Promise<void> => {
    setBusy(true);
    setTrouble("");
    try {
      let shown = start.matches.length > 0;
      for (let known = start; known.next !== undefined; ) {
        known = searchedOn(known, await searchLog(log, known.text, known.next, signal), wholeUpTo(state));
        setSearch(known);
        const place = firstMatch(known, sight());
        const decided = known.next === undefined || (known.matches[place]?.offset ?? 0) >= sight();
        if (shown || place < 0 || !decided) continue;
        show(known, place);
        shown = true;
      }
    } catch (error) {
      if (!signal.aborted) setTrouble(troubleFrom(error).problems.map((one) => one.message).join(" "));
    }
    if (!signal.aborted) setBusy(false);
  };
  useSearching(text, TYPING, (signal) => run(begun(text), signal));
  const grown = text !== "" && !busy && search?.text === text && search.next === undefined && reachesEnd(state) && wholeUpTo(state) > search.searched;
  useSearching(grown ? `${text}\n${search.searched}` : "", GROWING, (signal) => (search ? run({ ...search, next: search.searched }, signal) : Promise.resolve()));
  return {
    text,
    search: search?.text === text ? search : undefined,
    current,
    busy,
    trouble,
    onSearch: (next) => {
      setText(next.slice(0, 1_000));
      setSearch(undefined);
      setCurrent(-1);
      setTrouble("");
    },
    onStep: (by) => {
      const many = search?.matches.length ?? 0;
      if (search && many > 0) show(search, current < 0 ? firstMatch(search, sight()) : (current + by + many) % many);
    },
  };
}

/** Calls after a pause, anew whenever `key` changes; an empty key calls nothing. */
function useSearching(key: string, pause: number, call: (signal: AbortSignal) => Promise<void>): void {
  const latest = useEffectEvent(call);
  useEffect(() => {
    if (key === "") return;
    const abort = new AbortController();
    const timer = setTimeout(() => void latest(abort.signal), pause);
    return () => {
      clearTimeout(timer);
      abort.abort();
    };
  }, [key, pause]);
}

/** Where the first line begins that has not ended: what is before it need not be searched again. */
const wholeUpTo = ({ window, size }: LogState): number => {
  if (!window || window.end < size) return size;
  const last = window.closed ? undefined : [...window.lines].reverse().find((line) => !line.continued);
  return last?.offset ?? window.end;
};
