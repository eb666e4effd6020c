// One input of a pipeline as a field: by its type a switch, a number, a choice, a text or JSON; optional ones can be left out.

import { Anchor, Checkbox, Input } from "@mantine/core";
import { useId, useState } from "react";

import { type Draft, draftOf, isDefault, read, typeInWords, widgetOf } from "../../model/form";
import type { Input as PipelineInput, ProblemText } from "../../model/messages";
import { ProblemLine } from "../ErrorNote";
import styles from "./ParameterField.module.css";
import { WidgetOf } from "./WidgetOf";

interface Props {
  input: PipelineInput;
  draft: Draft;
  onChange: (draft: Draft) => void;
  /** Show what is wrong even where nobody has written yet: the form was sent. */
  strict: boolean;
  /** What the server says of it. */
  problems: readonly ProblemText[];
}

export function ParameterField({ input, draft, onChange, strict, problems }: Props) {
  const id = useId();
  const [left, setLeft] = useState(false);
  // What is wrong is told a moment later: a button that is being pressed must not move away under the pointer.
  const later = (next: Element | null): void => {
    if (next?.getAttribute("type") !== "submit") setTimeout(() => setLeft(true), 250);
  };
  const reading = read(input, draft);
  const widget = widgetOf(input);
  const wrong = reading.kind === "wrong" && (strict || left) ? reading : null;
  const explained = `${id}-about`;
  const canDrop = input.optional && !input.has_default && widget !== "none";
  return (
    <div className={styles.field} data-parameter={input.name} onBlur={(event) => later(event.relatedTarget)}>
      <div className={styles.head}>
        <label htmlFor={id} className={styles.name}>
          {input.name}
          {!input.optional && (
            <span aria-hidden className={styles.star}>
              {" "}
              *
            </span>
          )}
        </label>
        <span className={styles.type}>{typeInWords(input)}</span>
        {input.has_default && !isDefault(input, reading) && (
          <Anchor component="button" type="button" size="xs" onClick={() => onChange(draftOf(input))}>
            Use the default
          </Anchor>
        )}
      </div>
      {input.description !== "" && <div className={styles.about}>{input.description}</div>}
      {canDrop && <Checkbox size="xs" my={4} label="Give a value" aria-label={`Give ${input.name} a value`} checked={draft.set} onChange={(event) => onChange({ ...draft, set: event.currentTarget.checked })} />}
      {(draft.set || widget === "none") && <WidgetOf input={input} draft={draft} onChange={onChange} id={id} describedBy={explained} wrong={wrong} />}
      <div id={explained}>
        {canDrop && !draft.set && <div className={styles.about}>Left out: the pipeline does without.</div>}
        {wrong !== null && <Input.Error mt={4}>{wrong.message}</Input.Error>}
        {problems.map((problem, index) => (
          <div key={index} role="alert" className={styles.problem}>
            <ProblemLine problem={problem} place={false} />
          </div>
        ))}
      </div>
    </div>
  );
}
