// Sentences with code in them, as the server writes them: `between backticks`.

/** The parts of a text: what stands between backticks is code. A lone backtick is a letter like any other. */
export const wordsOf = (text: string): { text: string; code: boolean }[] =>
  text
    .split(/(`[^`\n]+`)/)
    .filter((part) => part !== "")
    .map((part) => (/^`[^`\n]+`$/.test(part) ? { text: part.slice(1, -1), code: true } : { text: part, code: false }));
