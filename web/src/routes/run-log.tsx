// The log of one attempt: read from its end or from a line of it, then followed by the stream.

import { Text } from "@mantine/core";
import { useClipboard, useLocalStorage } from "@mantine/hooks";
import { notifications } from "@mantine/notifications";
import { useLocation, useNavigate, useRouter } from "@tanstack/react-router";
import { useEffect, useEffectEvent, useReducer, useRef, useState } from "react";

import { logDownload, type LogOf, readLog } from "../api/queries";
import { LOG_PIECE, readEarlier } from "../api/run-queries";
import { useWatch } from "../api/stream";
import { ErrorNote } from "../components/ErrorNote";
import { LoadingPage } from "../components/LoadingPage";
import type { Target } from "../components/logs/LogLines";
import { LogView } from "../components/logs/LogView";
import { type LogNews, type LogState, reachesEnd, rowAt, UNREAD, withNews } from "../model/logs";
import { troubleFrom } from "../model/problems";
import { attemptName } from "../model/streaming";
import { useLogSearch } from "./run-log-search";

const AGAIN = 3_000; // milliseconds until what could not be read is tried again
const GAP_PIECE = 1 << 20;
const HASH = /^byte-(\d+)$/;

interface Props {
  log: LogOf;
  /** Why the log is not whole, if it is not. */
  note: string;
}

/** From where a log is shown; a negative offset counts from the end. Each opening is another object. */
interface Opening {
  offset: number;
  follow: boolean;
}

const LAST_PAGE: Opening = { offset: -LOG_PIECE, follow: true };

export function RunLog({ log, note }: Props) {
  const linked = Number(HASH.exec(useLocation().hash)?.[1] ?? -1);
  const [opening, setOpening] = useState<Opening>(linked >= 0 ? { offset: linked, follow: false } : LAST_PAGE);
  const [target, setTarget] = useState<Target | undefined>(linked >= 0 ? { offset: linked } : undefined);
  const [wrap, setWrap] = useLocalStorage({ key: "bakehouse.log.wrap", defaultValue: false });
  const { state, error, tell, again } = useLog(log, opening);
  const sight = useRef(0);
  const link = useLineLink(log);
  const goTo = (offset: number): void => {
    tell({ kind: "follow", follow: false });
    setTarget({ offset });
    if (!state.window || rowAt(state.window, offset) < 0) setOpening({ offset, follow: false });
  };
  const search = useLogSearch({ log, state, sight: () => sight.current, goTo });
  const ends = useEnds(log, state, tell);
  if (error !== undefined && !state.window) return <ErrorNote error={error} onRetry={again} title="The log cannot be read" />;
  if (!state.window) return <LoadingPage height="10rem" />;
  const actions = {
    onSearch: search.onSearch,
    onStep: search.onStep,
    onWrap: setWrap,
    onFollow: (follow: boolean) => tell({ kind: "follow", follow }),
    onStart: () => goTo(0),
    onEnd: () => (reachesEnd(state) ? tell({ kind: "follow", follow: true }) : setOpening({ ...LAST_PAGE })),
    onNearStart: ends.earlier,
    onNearEnd: ends.later,
    onPick: (offset: number) => {
      setTarget({ offset });
      link.copy(offset);
    },
    onLink: () => link.copy(target?.offset ?? sight.current),
    onSight: (offset: number) => {
      sight.current = offset;
    },
  };
  return (
    <>
      <LogView
        actions={actions}
        download={logDownload(log)}
        hrefOf={link.hrefOf}
        label={`Log of ${log.task}, attempt ${log.attempt}`}
        note={note}
        searching={search}
        state={state}
        target={target}
        wrap={wrap}
      />
      {(search.trouble || ends.trouble) && (
        <Text role="status" size="sm">
          {search.trouble || ends.trouble}
        </Text>
      )}
    </>
  );
}

/** What is known of a log that is shown from `opening` on, and grows while the stream tells of it. */
function useLog(log: LogOf, opening: Opening): { state: LogState; error: unknown; tell: (news: LogNews) => void; again: () => void } {
  const [state, tell] = useReducer(withNews, UNREAD);
  const [error, setError] = useState<unknown>();
  const [tries, setTries] = useState(0);
  const name = attemptName(log);
  const read = useEffectEvent((offset: number, limit: number, signal: AbortSignal) => readLog(log, offset, limit, signal));
  const failed = useEffectEvent((reason: unknown, signal: AbortSignal): ReturnType<typeof setTimeout> | undefined => {
    if (signal.aborted) return undefined;
    setError(reason);
    const { status } = troubleFrom(reason);
    return status === 0 || status >= 500 ? setTimeout(() => setTries((count) => count + 1), AGAIN) : undefined;
  });
  useEffect(() => {
    const abort = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    read(opening.offset, LOG_PIECE, abort.signal)
      .then((piece) => {
        setError(undefined);
        tell({ kind: "opened", piece, follow: opening.follow });
      })
      .catch((reason: unknown) => (timer = failed(reason, abort.signal)));
    return () => {
      abort.abort();
      clearTimeout(timer);
    };
  }, [name, opening, tries]);
  const { missing } = state;
  useEffect(() => {
    if (missing === undefined) return;
    const abort = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    read(missing, GAP_PIECE, abort.signal)
      .then((piece) => tell({ kind: "later", piece }))
      .catch((reason: unknown) => (timer = failed(reason, abort.signal)));
    return () => {
      abort.abort();
      clearTimeout(timer);
    };
  }, [name, missing, tries]);
  const { window } = state;
  const grows = window !== undefined && !window.complete && reachesEnd(state);
  useWatch(grows ? { logs: [{ ...log, offset: window.end }] } : null, (message) => {
    if (message.kind !== "log") return;
    const { update } = message;
    if (update.run_id === log.run && update.task_id === log.task && update.attempt === log.attempt) tell({ kind: "told", piece: update });
  });
  return { state, error, tell, again: () => setTries((count) => count + 1) };
}

/** Reads on at both ends, one piece at a time. */
function useEnds(log: LogOf, state: LogState, tell: (news: LogNews) => void): { earlier: () => void; later: () => void; trouble: string } {
  const busy = useRef(false);
  const [trouble, setTrouble] = useState("");
  const { window, size } = state;
  const once = (reading: () => Promise<LogNews | undefined>) => (): void => {
    if (busy.current) return;
    busy.current = true;
    reading()
      .then((news) => {
        setTrouble("");
        if (news) tell(news);
      })
      .catch((error: unknown) => setTrouble(troubleFrom(error).problems.map((one) => one.message).join(" ")))
      .finally(() => (busy.current = false));
  };
  return {
    trouble,
    earlier: once(async () => {
      const piece = window && window.start > 0 ? await readEarlier(log, window.start, size) : undefined;
      return piece && { kind: "earlier", piece };
    }),
    later: once(async () => (window ? { kind: "later", piece: await readLog(log, window.end, LOG_PIECE) } : undefined)),
  };
}

/** Addresses of lines: the page with this log open, and the byte at which the line begins. */
function useLineLink(log: LogOf): { hrefOf: (offset: number) => string; copy: (offset: number) => void } {
  const router = useRouter();
  const navigate = useNavigate({ from: "/runs/$id" });
  const clipboard = useClipboard();
  const search = (before: object) => ({ ...before, task: log.task, attempt: log.attempt, panel: "logs" });
  const page = router.buildLocation({ to: "/runs/$id", params: { id: log.run }, search }).publicHref;
  const hrefOf = (offset: number) => `${page}#byte-${offset}`;
  const copy = (offset: number): void => {
    void navigate({ search, hash: `byte-${offset}`, replace: true, hashScrollIntoView: false, resetScroll: false });
    clipboard.copy(new URL(hrefOf(offset), window.location.href).toString());
    notifications.show({ message: "The link to the line was copied; it is in the address bar too.", autoClose: 2_500 });
  };
  return { hrefOf, copy };
}
