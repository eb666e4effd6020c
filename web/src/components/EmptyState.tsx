// What stands where nothing is: what would be here, and what to do first.

import type { ReactNode } from "react";

import styles from "./EmptyState.module.css";

interface Props {
  title: string;
  icon?: ReactNode;
  children?: ReactNode;
  actions?: ReactNode;
}

export function EmptyState({ title, icon, children, actions }: Props) {
  return (
    <div className={styles.empty}>
      {icon !== undefined && <div className={styles.icon}>{icon}</div>}
      <p className={styles.title}>{title}</p>
      {children !== undefined && <div className={styles.text}>{children}</div>}
      {actions !== undefined && <div className={styles.actions}>{actions}</div>}
    </div>
  );
}
