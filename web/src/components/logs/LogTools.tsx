// What can be done with a log: search it, wrap its lines, save it, link to a line of it.

import { ActionIcon, Button, CloseButton, Group, Switch, TextInput, Tooltip } from "@mantine/core";
import { IconArrowBarToUp, IconChevronDown, IconChevronUp, IconDownload, IconLink, IconSearch } from "@tabler/icons-react";
import type { Ref } from "react";

import type { Search } from "../../model/logs";
import classes from "./logs.module.css";

export interface Searching {
  text: string;
  search: Search | undefined;
  /** The number of the match that is shown, from 0; -1: none. */
  current: number;
  busy: boolean;
}

interface Props {
  searching: Searching;
  field: Ref<HTMLInputElement>;
  wrap: boolean;
  download: string;
  onSearch: (text: string) => void;
  onStep: (by: 1 | -1) => void;
  onWrap: (wrap: boolean) => void;
  onStart: () => void;
  onLink: () => void;
}

export function LogTools(props: Props) {
  const { searching, wrap, download } = props;
  return (
    <div className={classes.tools}>
      <SearchField {...props} />
      <Group gap={4} wrap="nowrap">
        <Step by={-1} disabled={!searching.search?.matches.length} onStep={props.onStep} />
        <Step by={1} disabled={!searching.search?.matches.length} onStep={props.onStep} />
        <span aria-live="polite" className={classes.found}>
          {foundText(searching)}
        </span>
      </Group>
      <Switch checked={wrap} label="Wrap" onChange={(event) => props.onWrap(event.currentTarget.checked)} size="sm" />
      <Group gap={4} wrap="nowrap">
        <IconAction label="To the beginning" onClick={props.onStart}>
          <IconArrowBarToUp size={18} />
        </IconAction>
        <IconAction label="Copy a link to the line" onClick={props.onLink}>
          <IconLink size={18} />
        </IconAction>
        <Button component="a" download href={download} leftSection={<IconDownload aria-hidden size={16} />} size="compact-sm" variant="default">
          Download
        </Button>
      </Group>
    </div>
  );
}

function SearchField({ searching, field, onSearch, onStep }: Props) {
  return (
    <TextInput
      aria-label="Search the log"
      className={classes.search}
      leftSection={<IconSearch aria-hidden size={16} />}
      onChange={(event) => onSearch(event.currentTarget.value)}
      onKeyDown={(event) => {
        if (event.key === "Enter") onStep(event.shiftKey ? -1 : 1);
        if (event.key !== "Escape" || searching.text === "") return;
        event.stopPropagation();
        onSearch("");
      }}
      placeholder="Search the whole log"
      ref={field}
      rightSection={searching.text === "" ? null : <CloseButton aria-label="Clear the search" onClick={() => onSearch("")} size="sm" />}
      size="xs"
      value={searching.text}
    />
  );
}

function Step({ by, disabled, onStep }: { by: 1 | -1; disabled: boolean; onStep: (by: 1 | -1) => void }) {
  return (
    <ActionIcon aria-label={by > 0 ? "Next match" : "Previous match"} disabled={disabled} onClick={() => onStep(by)} size="md" variant="default">
      {by > 0 ? <IconChevronDown size={16} /> : <IconChevronUp size={16} />}
    </ActionIcon>
  );
}

function IconAction({ label, onClick, children }: { label: string; onClick: () => void; children: React.ReactNode }) {
  return (
    <Tooltip label={label}>
      <ActionIcon aria-label={label} onClick={onClick} size="md" variant="default">
        {children}
      </ActionIcon>
    </Tooltip>
  );
}

const foundText = ({ text, search, current, busy }: Searching): string => {
  if (text === "") return "";
  const found = search?.matches.length ?? 0;
  const more = search?.next !== undefined ? "+" : "";
  if (found === 0) return busy || search === undefined ? "searching…" : "not found";
  return `${current >= 0 ? `${current + 1} of ` : ""}${found.toLocaleString("en")}${more} ${found === 1 ? "line" : "lines"}`;
};
