// The frame of every page: name, main places, colour scheme, and what there is to say of the connection.

import { ActionIcon, Anchor, AppShell, Burger, Button, Group, NavLink, Tooltip, useComputedColorScheme, useMantineColorScheme } from "@mantine/core";
import { IconDeviceDesktop, IconLogout, IconMoon, IconPlugConnectedX, IconSun } from "@tabler/icons-react";
import { Link, useLocation } from "@tanstack/react-router";
import { type ReactNode, useEffect, useLayoutEffect, useRef, useState } from "react";

import { exact } from "../model/durations";
import { BreadMark } from "./BreadMark";
import styles from "./Shell.module.css";

const PLACES = [
  { to: "/", label: "Home" },
  { to: "/runs", label: "Runs" },
  { to: "/pipelines", label: "Pipelines" },
] as const;

/** Pixels; what sticks below it says so in its own styles. */
const HEADER = 52;

interface Props {
  /** Whether the connection is lost; `heard`: since when, in milliseconds, 0 if the server was never heard. */
  lost: boolean;
  heard: number;
  /** Of the server; empty until it is known. */
  version: string;
  /** Logs out; `null` where there is no login. */
  leave: (() => Promise<void>) | null;
  children: ReactNode;
}

export function Shell({ lost, heard, version, leave, children }: Props) {
  const [open, setOpen] = useState(false);
  const main = useRef<HTMLElement>(null);
  const { pathname } = useLocation();
  return (
    <AppShell header={{ height: HEADER }} navbar={{ width: 240, breakpoint: "sm", collapsed: { desktop: true, mobile: !open } }} padding={0}>
      <button type="button" className={styles.skip} onClick={() => main.current?.focus()}>
        Skip to the page
      </button>
      <AppShell.Header className={styles.header}>
        <Group h="100%" px="md" gap="lg" wrap="nowrap">
          <Burger opened={open} onClick={() => setOpen(!open)} hiddenFrom="sm" size="sm" aria-label={open ? "Close the menu" : "Open the menu"} />
          <Link to="/" className={styles.name} title={version === "" ? undefined : `Bakehouse ${version}`}>
            <BreadMark />
            Bakehouse
          </Link>
          <Group component="nav" aria-label="Main" gap={4} visibleFrom="sm" wrap="nowrap">
            {PLACES.map((place) => (
              <Link key={place.to} to={place.to} className={styles.place} activeOptions={{ exact: place.to === "/", includeSearch: false }}>
                {place.label}
              </Link>
            ))}
          </Group>
          <Group gap="xs" ml="auto" wrap="nowrap">
            <Button component={Link} to="/runs/new" size="compact-sm" variant="default" visibleFrom="xs">
              New run
            </Button>
            {leave !== null && (
              <Tooltip label="Log out">
                <ActionIcon variant="subtle" color="gray" size="lg" c="var(--mantine-color-text)" aria-label="Log out" onClick={() => void leave()}>
                  <IconLogout size={18} />
                </ActionIcon>
              </Tooltip>
            )}
            <SchemeSwitch />
          </Group>
        </Group>
      </AppShell.Header>
      <AppShell.Navbar p="xs" aria-label="Menu" hiddenFrom="sm">
        {/* What is out of sight is not there: nobody is to land in it with the Tab key. */}
        {open &&
          [...PLACES, { to: "/runs/new", label: "New run" } as const].map((place) => (
            <NavLink key={place.to} renderRoot={(props) => <Link to={place.to} {...props} />} label={place.label} active={pathname === place.to} onClick={() => setOpen(false)} />
          ))}
      </AppShell.Navbar>
      <AppShell.Main ref={main} tabIndex={-1} className={styles.main}>
        {lost && <Lost heard={heard} />}
        {children}
      </AppShell.Main>
    </AppShell>
  );
}

/** Tells the whole page its height (`--banner`) and where it ends (`--banner-end`), so that nothing lies below it that sticks to the top or covers the page. */
function Lost({ heard }: { heard: number }) {
  const banner = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    const { current } = banner;
    if (current === null) return;
    const { style } = document.documentElement;
    const watcher = new ResizeObserver(() => {
      style.setProperty("--banner", `${current.offsetHeight}px`);
      style.setProperty("--banner-end", `${HEADER + current.offsetHeight}px`);
    });
    watcher.observe(current);
    return () => {
      watcher.disconnect();
      style.removeProperty("--banner");
      style.removeProperty("--banner-end");
    };
  }, []);
  return (
    <div role="status" className={styles.lost} ref={banner}>
      <IconPlugConnectedX size={18} aria-hidden />
      <span>
        <strong>Connection lost, retrying.</strong> {heard === 0 ? "The server has not answered yet." : `What is shown is as of ${exact(new Date(heard).toISOString())}.`}
      </span>
    </div>
  );
}

const SCHEMES = {
  auto: { next: "light", label: "Colours: as the system", icon: IconDeviceDesktop },
  light: { next: "dark", label: "Colours: light", icon: IconSun },
  dark: { next: "auto", label: "Colours: dark", icon: IconMoon },
} as const;

function SchemeSwitch() {
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const computed = useComputedColorScheme("light");
  const { next, label, icon: Icon } = SCHEMES[colorScheme];
  return (
    <Tooltip label={`${label}${colorScheme === "auto" ? ` (${computed})` : ""}`}>
      <ActionIcon variant="subtle" color="gray" size="lg" c="var(--mantine-color-text)" aria-label={`${label}. Change`} onClick={() => setColorScheme(next)}>
        <Icon size={18} />
      </ActionIcon>
    </Tooltip>
  );
}

/** The width of a page's content, and the room around it. */
export function Page({ children, wide = false }: { children: ReactNode; wide?: boolean }) {
  return <div className={wide ? styles.wide : styles.page}>{children}</div>;
}

/** A page's heading, with what can be done beside it. Above it the way back, if there is one. */
export function PageHead({ title, crumbs = [], badge, actions, note }: { title: string; crumbs?: Crumb[]; badge?: ReactNode; actions?: ReactNode; note?: ReactNode }) {
  useEffect(() => {
    document.title = `${title} · Bakehouse`;
  }, [title]);
  return (
    <header className={styles.head}>
      <div className={styles.titles}>
        {crumbs.length > 0 && (
          <nav aria-label="Breadcrumbs" className={styles.crumbs}>
            {crumbs.map((crumb) => (
              <span key={crumb.href}>
                <Anchor size="sm" renderRoot={(props) => <Link to={crumb.href} {...props} />}>
                  {crumb.label}
                </Anchor>
                <span aria-hidden> / </span>
              </span>
            ))}
          </nav>
        )}
        <div className={styles.titleLine}>
          <h1 className={styles.title}>{title}</h1>
          {badge}
        </div>
        {note !== undefined && <div className={styles.note}>{note}</div>}
      </div>
      {actions !== undefined && <div className={styles.actions}>{actions}</div>}
    </header>
  );
}

/** `href` is an address of the router, such as `/pipelines`. */
export interface Crumb {
  label: string;
  href: string;
}
