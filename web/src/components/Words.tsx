// A sentence in which commands and names stand out as code.

import { wordsOf } from "../model/words";

export function Words({ text }: { text: string }) {
  return wordsOf(text).map((part, index) => (part.code ? <code key={index}>{part.text}</code> : part.text));
}
