// Tabs on one line that scrolls where it is too long; the tab that is shown is always in sight.

import { Tabs } from "@mantine/core";
import { useEffect, useRef } from "react";

import styles from "./run.module.css";

export interface TabName {
  readonly id: string;
  readonly label: string;
}

export function TabList({ tabs, tab, inset = false }: { tabs: readonly TabName[]; tab: string; inset?: boolean }) {
  const list = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const shown = list.current?.querySelector<HTMLElement>("[data-active]");
    if (shown) list.current?.scrollTo({ left: shown.offsetLeft - (list.current.clientWidth - shown.offsetWidth) / 2 });
  }, [tab]);
  return (
    <Tabs.List className={styles.tabs} px={inset ? "xs" : undefined} ref={list}>
      {tabs.map((one) => (
        <Tabs.Tab key={one.id} value={one.id}>
          {one.label}
        </Tabs.Tab>
      ))}
    </Tabs.List>
  );
}
