// Parameters by name, and the artifacts that go with them.

import { Stack, Text } from "@mantine/core";
import type { ReactNode } from "react";

import type { ArtifactRef, Values } from "../../model/messages";
import { parsed } from "../../model/previews";
import { text } from "../../model/run";
import { JsonValue } from "../artifacts/JsonTree";
import { CopyText } from "../CopyText";
import styles from "./run.module.css";

interface Props {
  values: Values;
  label: string;
  /** What stands there when there is nothing. */
  empty: string;
  /** What is to be said of a parameter, such as that it is a default. */
  hints?: Readonly<Record<string, string>>;
  /** An artifact; `name` is its output or input. */
  artifact: (artifact: ArtifactRef, name: string) => ReactNode;
}

export function ValuesTable({ values, label, empty, hints = {}, artifact }: Props) {
  // As the inputs of a pipeline stand in its file, in the form of a new run and where runs are compared.
  const parameters = Object.entries(values.parameters).sort(([one], [other]) => (one < other ? -1 : 1));
  const groups = Object.entries(values.artifacts);
  if (parameters.length + groups.length === 0) {
    return (
      <Text size="sm" c="dimmed">
        {empty}
      </Text>
    );
  }
  return (
    <Stack gap="sm">
      {parameters.length > 0 && (
        <dl className={styles.values} aria-label={label}>
          {parameters.map(([name, value]) => (
            <Parameter key={name} name={name} value={value} hint={hints[name] ?? ""} />
          ))}
        </dl>
      )}
      {groups.flatMap(([name, group]) => group.map((one, at) => <div key={`${name} ${at}`}>{artifact(one, group.length > 1 ? `${name} ${at + 1}` : name)}</div>))}
    </Stack>
  );
}

function Parameter({ name, value, hint }: { name: string; value: unknown; hint: string }) {
  const written = text(value);
  return (
    <div>
      <dt>
        {name} {hint !== "" && <span className={styles.hint}>({hint})</span>}
      </dt>
      <dd>{value !== null && typeof value === "object" && written.length > 80 ? <JsonValue value={parsed(written) ?? null} label={name} /> : <Plain written={written} isText={typeof value === "string"} name={name} />}</dd>
      <dd>
        <CopyText bare text={written} what={name} />
      </dd>
    </div>
  );
}

function Plain({ written, isText, name }: { written: string; isText: boolean; name: string }) {
  if (isText && written === "") return <span className={styles.hint}>empty text</span>;
  if (written.length <= 400) return <code className={styles.value}>{written}</code>;
  return (
    <code className={`${styles.value ?? ""} ${styles.long ?? ""}`} tabIndex={0} role="region" aria-label={`Value of ${name}`}>
      {written}
    </code>
  );
}
