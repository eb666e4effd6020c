// One row of a log.

import { type CSSProperties, memo, type Ref } from "react";

import { type Level, levelOf, type Part, partsOf, styleNames } from "../../model/log-lines";
import type { Line } from "../../model/logs";
import classes from "./logs.module.css";

interface Props {
  line: Line;
  index: number;
  number: number | undefined;
  searched: string;
  wrap: boolean;
  /** Whether it is the one that was asked for. */
  target: boolean;
  top: number;
  href: string;
  onPick: (offset: number) => void;
  ref?: Ref<HTMLDivElement>;
}

const SIGNS: Readonly<Record<Level, string>> = { error: "✕", warning: "!" };

export const LogLine = memo(function LogLine({ line, index, number, searched, wrap, target, top, href, onPick, ref }: Props) {
  const level = levelOf(line.text);
  const style: CSSProperties = { transform: `translateY(${top}px)` };
  return (
    <div className={classes.line} data-index={index} data-level={level} data-target={target || undefined} data-wrap={wrap || undefined} ref={ref} style={style}>
      <a
        aria-label={number === undefined ? "Link to this line" : `Link to line ${number}`}
        className={classes.number}
        href={href}
        onClick={(event) => {
          event.preventDefault();
          onPick(line.offset);
        }}
        tabIndex={-1}
      >
        {level !== undefined && (
          <span className={classes.sign}>
            <span aria-hidden>{SIGNS[level]}</span>
            <span className={classes.unseen}>{level}: </span>
          </span>
        )}
        {number ?? (line.continued ? "↳" : "·")}
      </a>
      <span className={classes.text}>
        {partsOf(line, searched).map((part, place) => (
          <Printed key={place} part={part} />
        ))}
        {"\n"}
      </span>
    </div>
  );
});

function Printed({ part }: { part: Part }) {
  const names = styleNames(part.style);
  const className = names.length > 0 ? names.map((name) => classes[name]).join(" ") : undefined;
  const text = part.marked ? <mark>{part.text}</mark> : part.text;
  if (part.href !== undefined) {
    return (
      <a className={className} href={part.href} rel="noopener noreferrer" tabIndex={-1} target="_blank">
        {text}
      </a>
    );
  }
  return className === undefined ? text : <span className={className}>{text}</span>;
}
