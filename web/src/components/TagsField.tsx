// A field for tags: each is written as `key=value` and ended by Enter.

import { TagsInput } from "@mantine/core";
import { useState } from "react";

import { MOST_TAGS, whyNot, withTag } from "../model/tags";

interface Props {
  value: readonly string[];
  onChange: (value: string[]) => void;
  description?: string;
  autoFocus?: boolean;
}

export function TagsField({ value, onChange, description, autoFocus = false }: Props) {
  const [typed, setTyped] = useState("");
  const [wrong, setWrong] = useState("");
  const change = (texts: string[]): void => {
    const added = texts.find((text) => !value.includes(text));
    const why = added === undefined ? "" : whyNot(added);
    setWrong(why);
    // What cannot be a tag stays in the field, to be mended.
    if (why !== "" && added !== undefined) setTyped(added);
    else onChange(added === undefined ? texts : withTag(texts.filter((text) => text !== added), added));
  };
  return (
    <TagsInput
      label="Tags"
      description={description}
      placeholder={value.length === 0 ? "team=vision" : ""}
      data-autofocus={autoFocus || undefined}
      splitChars={[]}
      maxTags={MOST_TAGS}
      value={[...value]}
      searchValue={typed}
      error={wrong || undefined}
      acceptValueOnBlur
      onSearchChange={(text) => {
        setTyped(text);
        if (text !== typed) setWrong("");
      }}
      onChange={change}
    />
  );
}
