// Facts by name, those that are not known left out.

import type { ReactNode } from "react";

import styles from "./run.module.css";

export type Fact = readonly [name: string, value: ReactNode];

export function Facts({ facts, label }: { facts: readonly Fact[]; label?: string }) {
  const known = facts.filter(([, value]) => value !== null && value !== undefined && value !== "" && value !== false);
  return (
    <dl className={styles.facts} aria-label={label}>
      {known.map(([name, value]) => (
        <FactLine key={name} name={name} value={value} />
      ))}
    </dl>
  );
}

function FactLine({ name, value }: { name: string; value: ReactNode }) {
  return (
    <>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </>
  );
}
