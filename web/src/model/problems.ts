// Errors as people read them: what the server answered, or why it did not, as a list of problems with place and remedy.

import type { ProblemText } from "./messages";

/** What a page shows of something that went wrong. */
export interface Trouble {
  /** The HTTP status; 0 when the server could not be reached. */
  status: number;
  code: string;
  problems: ProblemText[];
}

/** An error that carries what can be shown of it. */
export class TroubleError extends Error {
  readonly trouble: Trouble;

  constructor(trouble: Trouble) {
    super(trouble.problems.map((problem) => problem.message).join("\n"));
    this.name = "TroubleError";
    this.trouble = trouble;
  }
}

const record = (value: unknown): Record<string, unknown> => (typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {});
const text = (value: unknown): string => (typeof value === "string" ? value : "");

/** `parameter rows: …`, `body.name: …`, `file.yaml:12: …`; a word in the middle of a sentence is no place. */
const PLACED = /^(parameter [^\s:]+|[^\s:]+:\d+|[\w[\]]+(?:[./][\w[\]-]+)*): (.+)$/;

/** KFP's one text for all problems: `place: message`, the remedy indented on the next line. */
export function problemsOfText(whole: string): ProblemText[] {
  const problems: ProblemText[] = [];
  for (const line of whole.split("\n")) {
    const last = problems.at(-1);
    if (/^\s{2}/.test(line) && last !== undefined) {
      last.remedy = last.remedy === "" ? line.trim() : `${last.remedy}\n${line.trim()}`;
    } else if (line.trim() !== "") {
      const [, place = "", message = line.trim()] = PLACED.exec(line) ?? [];
      problems.push({ place, message, remedy: "" });
    }
  }
  return problems;
}

/** An answer with an error status, in whichever of the server's forms; anything else is shown as it came. */
export function troubleOf(status: number, body: string): Trouble {
  let document: Record<string, unknown> = {};
  try {
    document = record(JSON.parse(body));
  } catch {
    // No JSON: a proxy's page, or plain text.
  }
  if (Array.isArray(document.problems) && document.problems.length > 0) {
    const problems = document.problems.map(record).map((one) => ({ message: text(one.message), place: text(one.place), remedy: text(one.remedy) }));
    return { status, code: text(document.code), problems };
  }
  const message = text(document.message) || text(document.error_message);
  if (message !== "") return { status, code: text(document.code), problems: problemsOfText(message) };
  const plain = /<html/i.test(body) ? "" : body.trim().slice(0, 2000);
  return { status, code: "", problems: [{ message: plain || `The server answered with status ${status}.`, place: "", remedy: "" }] };
}

/** Why there was no answer at all. */
export const unreachable = (): Trouble => ({
  status: 0,
  code: "unreachable",
  problems: [{ message: "The server cannot be reached.", place: "", remedy: "If it was stopped, start it again with `bakehouse server`; this page goes on by itself." }],
});

/** Any thrown value as trouble. */
export function troubleFrom(error: unknown): Trouble {
  if (error instanceof TroubleError) return error.trouble;
  const message = error instanceof Error ? error.message : String(error);
  return { status: -1, code: "page", problems: [{ message, place: "", remedy: "This is a fault of the page: load it again, and report it if it stays." }] };
}

export const isNotFound = (error: unknown): boolean => error instanceof TroubleError && error.trouble.status === 404;

/** What has the name already that something was to be given; `null` if that is not the trouble. */
export function takenBy({ code, problems }: Trouble): { kind: "pipeline" | "version"; name: string } | null {
  const [, version, name] = code === "name_taken" ? (/^a (?:pipeline|(version) of this pipeline) named (.+) exists already$/s.exec(problems[0]?.message ?? "") ?? []) : [];
  return name === undefined ? null : { kind: version === undefined ? "pipeline" : "version", name };
}

/** The problems that belong to the input of that name, whatever path the server gave before it. */
export function problemsAt(problems: readonly ProblemText[], name: string): ProblemText[] {
  return problems.filter((problem) => namedIn(problem, name));
}

function namedIn(problem: ProblemText, name: string): boolean {
  const parts = problem.place.split(/[.[\]/"'\s]+/).filter((part) => part !== "");
  return parts.includes(name);
}

/** Whether the server wants to know who asks. */
export const isLoginWanted = (error: unknown): boolean => error instanceof TroubleError && error.trouble.status === 401;
