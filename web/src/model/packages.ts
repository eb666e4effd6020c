// Pipeline files before they are uploaded: what they are called, and their lines where something is wrong.

import type { ProblemText } from "./messages";

/** What a server takes: 32 MiB. */
export const LARGEST_FILE = 32 * 1024 * 1024;

const ENDINGS = [".yaml", ".yml", ".json", ".zip", ".tar.gz", ".tgz"];
export const ACCEPTED = ENDINGS.join(",");

/** Whether a file may hold a pipeline, by its name; why not. */
export function refusal(file: { name: string; size: number }): string {
  const name = file.name.toLowerCase();
  if (name.endsWith(".py")) return `${file.name} is Python: compile it first, with \`bakehouse compile ${file.name}\`, and choose the YAML file that this writes.`;
  if (!ENDINGS.some((ending) => name.endsWith(ending))) return `${file.name} is no pipeline: its name ends neither in ${ENDINGS.slice(0, -1).join(", ")} nor ${ENDINGS.at(-1) ?? ""}.`;
  if (file.size > LARGEST_FILE) return `${file.name} is larger than 32 MiB.`;
  return file.size === 0 ? `${file.name} is empty.` : "";
}

export const isText = (name: string): boolean => /\.(ya?ml|json)$/i.test(name);

/** The name that a compiled pipeline gives itself; empty if it is not found, as in archives. */
export function nameIn(text: string): string {
  const block = text.trimStart().startsWith("{") ? blockOfJson(text) : (/^pipelineInfo:[ \t]*((?:\r?\n(?:[ \t]+.*)?)*)/m.exec(text)?.[1] ?? "");
  const found = (key: string): string => {
    const raw = new RegExp(`^[ \\t]+${key}:[ \\t]*(.+?)[ \\t]*$`, "m").exec(block)?.[1] ?? "";
    return /^(["']).*\1$/.test(raw) ? raw.slice(1, -1) : raw;
  };
  return found("displayName") || found("name");
}

/** The same part of JSON, as YAML has it. */
function blockOfJson(text: string): string {
  try {
    const { pipelineInfo = {} } = JSON.parse(text) as { pipelineInfo?: Record<string, unknown> };
    return Object.entries(pipelineInfo)
      .map(([name, value]) => `\n  ${name}: ${String(value)}`)
      .join("");
  } catch {
    return "";
  }
}

export interface Excerpt {
  number: number;
  text: string;
  wrong: boolean;
}

/** The lines around the place of a problem, if it names one (`pipeline.yaml:12`, `pipeline.yaml:12 (root.dag)`). */
export function excerpt(text: string, problem: ProblemText, around = 2): Excerpt[] {
  const number = Number(/:(\d+)(?::\d+)?(?: \(.*\))?$/.exec(problem.place)?.[1] ?? 0);
  const lines = text.split("\n");
  if (number < 1 || number > lines.length) return [];
  const from = Math.max(1, number - around);
  return lines.slice(from - 1, number + around).map((line, index) => ({ number: from + index, text: line.slice(0, 300), wrong: from + index === number }));
}
