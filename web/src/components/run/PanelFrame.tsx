// The frame of a step's panel: beside the page, or on phones a sheet over all of it. Esc closes it.

import { ActionIcon, Drawer, Tabs, Tooltip } from "@mantine/core";
import { useMediaQuery } from "@mantine/hooks";
import { IconArrowsMaximize, IconArrowsMinimize, IconX } from "@tabler/icons-react";
import { type ReactNode, useEffect, useEffectEvent, useRef } from "react";

import styles from "./run.module.css";
import { TabList, type TabName } from "./TabList";

interface Props {
  title: string;
  badge: ReactNode;
  tabs: readonly TabName[];
  tab: string;
  /** Whether the content fills the panel and scrolls by itself. */
  fill: boolean;
  wide: boolean;
  children: ReactNode;
  onTab: (tab: string) => void;
  onWide: (wide: boolean) => void;
  onClose: () => void;
}

/** Below this the panel is a sheet. */
export const SHEET = "(max-width: 64em)";

export function PanelFrame(props: Props) {
  const sheet = useMediaQuery(SHEET, undefined, { getInitialValueInEffect: false });
  const { title, onClose } = props;
  useEscape(onClose, !sheet);
  if (!sheet) {
    return (
      <aside className={styles.panel} aria-label={`Step ${title}`}>
        <Content {...props} />
      </aside>
    );
  }
  return (
    <Drawer.Root opened onClose={onClose} position="bottom" size="calc(100% - var(--banner-end, 0px))" padding={0} transitionProps={{ duration: 0 }} styles={{ body: { height: "100%" }, content: { overflow: "hidden" } }}>
      <Drawer.Content aria-label={`Step ${title}`}>
        <Drawer.Body className={styles.sheet}>
          <Content {...props} sheet />
        </Drawer.Body>
      </Drawer.Content>
    </Drawer.Root>
  );
}

function Content({ title, badge, tabs, tab, fill, wide, children, onTab, onWide, onClose, sheet = false }: Props & { sheet?: boolean }) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    const before = document.activeElement;
    return () => {
      if (before instanceof HTMLElement && before.isConnected) before.focus({ preventScroll: true });
    };
  }, []);
  useEffect(() => heading.current?.focus({ preventScroll: true }), [title]);
  const Size = wide ? IconArrowsMinimize : IconArrowsMaximize;
  return (
    <>
      <div className={styles.panelHead}>
        <div className={styles.panelTitle}>
          <h2 ref={heading} tabIndex={-1} data-autofocus>
            {title}
          </h2>
          {badge}
        </div>
        {!sheet && (
          <Tooltip label={wide ? "Beside the page" : "As wide as the page"}>
            <ActionIcon variant="subtle" color="gray" c="var(--mantine-color-text)" aria-label={wide ? "Show beside the page" : "Show as wide as the page"} onClick={() => onWide(!wide)}>
              <Size size={18} />
            </ActionIcon>
          </Tooltip>
        )}
        <ActionIcon variant="subtle" color="gray" c="var(--mantine-color-text)" aria-label="Close the panel" onClick={onClose}>
          <IconX size={18} />
        </ActionIcon>
      </div>
      <Tabs value={tab} onChange={(value) => value !== null && onTab(value)} keepMounted={false} className={styles.panelTabs}>
        <TabList tabs={tabs} tab={tab} inset />
        <Tabs.Panel value={tab} className={styles.panelBody} data-fill={fill || undefined}>
          {children}
        </Tabs.Panel>
      </Tabs>
    </>
  );
}

/** Calls on Esc, unless something above the page takes it: a dialog, a menu, a field with text to clear. */
function useEscape(call: () => void, active: boolean): void {
  const latest = useEffectEvent(call);
  useEffect(() => {
    if (!active) return;
    const listen = (event: KeyboardEvent): void => {
      if (event.key === "Escape" && !event.defaultPrevented && document.querySelector("[role=dialog][aria-modal=true], [role=menu]") === null) latest();
    };
    document.addEventListener("keydown", listen);
    return () => document.removeEventListener("keydown", listen);
  }, [active]);
}
