// Tags of runs, `key=value`: as texts, in order, and how some become others.

export type Tags = Readonly<Record<string, string>>;

/** As the server bounds them: tags of a run, and characters of a key or a value. */
export const MOST_TAGS = 64;
export const LONGEST = 63;

export const textOf = (key: string, value: string): string => `${key}=${value}`;

/** The texts of tags, by key. */
export const textsOf = (tags: Tags): string[] =>
  Object.entries(tags)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, value]) => textOf(key, value));

/** A text as a tag: the first `=` ends the key. Without one it is a tag that has no value. */
export function tagOf(text: string): [key: string, value: string] {
  const end = text.indexOf("=");
  return end === -1 ? [text.trim(), ""] : [text.slice(0, end).trim(), text.slice(end + 1)];
}

/** What is wrong with a text as a tag; empty if it can be one. */
export function whyNot(text: string): string {
  const [key, value] = tagOf(text);
  const length = (one: string): number => Array.from(one).length;
  if (key === "") return "A tag begins with its key, as in team=vision.";
  if (key.includes(".")) return `The key ${key} has a dot in it, which keys of tags cannot have.`;
  if (length(key) > LONGEST || length(value) > LONGEST) return `A key and a value have at most ${LONGEST} characters each.`;
  return "";
}

/** The texts with another one, in the place of that of the same key. What cannot be a tag is kept out. */
export function withTag(texts: readonly string[], text: string): string[] {
  if (whyNot(text) !== "") return [...texts];
  const [key, value] = tagOf(text);
  return [...texts.filter((one) => tagOf(one)[0] !== key), textOf(key, value)];
}

/** What has to be said to the server so that a run that has some tags has others. */
export function changeOf(before: Tags, after: readonly string[]): { tags: Record<string, string>; removed: string[] } {
  const wanted = new Map(after.map(tagOf));
  return {
    tags: Object.fromEntries([...wanted].filter(([key, value]) => before[key] !== value)),
    removed: Object.keys(before).filter((key) => !wanted.has(key)),
  };
}
