// What an attempt executed: source or command, where, with which packages and variables.

import { Stack, Text, Title } from "@mantine/core";
import type { ReactNode } from "react";

import { count } from "../../model/durations";
import type { Attempt } from "../../model/messages";
import { commandText } from "../../model/run";
import { CopyText } from "../CopyText";
import { Facts } from "./Facts";
import styles from "./run.module.css";

export function Executed({ attempt }: { attempt: Attempt }) {
  const packages = attempt.environment_lock.split("\n").filter((line) => line.trim() !== "");
  const env = Object.entries(attempt.env);
  return (
    <Stack gap="md">
      <Facts
        label="Where it runs"
        facts={[
          ["Function", attempt.function === "" ? "" : <code key="function">{attempt.function}</code>],
          ["File", attempt.source_file === "" ? "" : <code key="file">{attempt.source_line > 0 ? `${attempt.source_file}:${attempt.source_line}` : attempt.source_file}</code>],
          ["Image", attempt.image === "" ? "" : <code key="image">{attempt.image}</code>],
          ["Digest of the code", attempt.code_digest === "" ? "" : <CopyText key="code" text={attempt.code_digest} what="the digest of the code" />],
          ["Interpreter", attempt.interpreter === "" ? "" : <code key="interpreter">{attempt.interpreter}</code>],
        ]}
      />
      {attempt.command.length > 0 && (
        <Part title="Command" copy={commandText(attempt.command)}>
          <Shown label="Command" wrap>
            {commandText(attempt.command)}
          </Shown>
        </Part>
      )}
      {attempt.source !== "" && (
        <Part title="Source" copy={attempt.source}>
          <Shown label="Source">{attempt.source.replace(/^\n+/, "")}</Shown>
        </Part>
      )}
      <Part title="Requirements" copy={attempt.requirements.join("\n")}>
        {attempt.requirements.length === 0 ? <Text size="sm">None: it sees the standard library alone.</Text> : <Shown label="Requirements">{attempt.requirements.join("\n")}</Shown>}
      </Part>
      {packages.length > 0 && (
        <details className={styles.details}>
          <summary>{count(packages.length, "installed package")}</summary>
          <Shown label="Installed packages">{packages.join("\n")}</Shown>
          <CopyText text={attempt.environment_digest} what="the digest of the installed packages" />
        </details>
      )}
      {env.length > 0 && (
        <Part title="Environment variables" copy="">
          <Shown label="Environment variables" wrap>
            {env.map(([name, value]) => `${name}=${value}`).join("\n")}
          </Shown>
        </Part>
      )}
    </Stack>
  );
}

function Part({ title, copy, children }: { title: string; copy: string; children: ReactNode }) {
  return (
    <section aria-label={title}>
      <div className={styles.line}>
        <Title order={3} size="h6">
          {title}
        </Title>
        {copy !== "" && <CopyText bare text={copy} what={title.toLowerCase()} />}
      </div>
      {children}
    </section>
  );
}

function Shown({ label, wrap = false, children }: { label: string; wrap?: boolean; children: string }) {
  return (
    <pre className={styles.code} data-wrap={wrap || undefined} tabIndex={0} role="region" aria-label={label}>
      {children}
    </pre>
  );
}
