// A graph as an SVG file, to be saved: the same places and colours as on the page.

import { DARK_GROUNDS, DARK_TONES, DARK_WORDS, LIGHT_GROUNDS, LIGHT_TONES, LIGHT_WORDS } from "./colours";
import { linesOf, pathOf, type Placed, type PlacedNode, stateOf } from "./graphs";
import { LOOKS } from "./states";

const FONT = "system-ui, 'Segoe UI', Roboto, Arial, sans-serif";

export function svgOf(placed: Placed, scheme: "light" | "dark", title: string): string {
  const [grounds, tones] = scheme === "light" ? ([LIGHT_GROUNDS, LIGHT_TONES] as const) : ([DARK_GROUNDS, DARK_TONES] as const);
  const words = scheme === "light" ? { main: LIGHT_WORDS.text, dim: LIGHT_WORDS.dimmed, arrow: "#8c857b" } : { main: DARK_WORDS.text, dim: DARK_WORDS.dimmed, arrow: "#7d848b" };
  const box = (one: PlacedNode): string => {
    const state = stateOf(one.node);
    const line = state === null ? words.arrow : tones[LOOKS[state].tone].line;
    const lines = linesOf(one.node);
    const status = state === null ? "" : ` · ${LOOKS[state].label}`;
    return [
      `<g transform="translate(${one.left} ${one.top})">`,
      `<rect width="${one.width}" height="${one.height}" rx="6" fill="${one.node.open ? grounds.page : grounds.card}" stroke="${line}"${one.node.open ? ' stroke-dasharray="4 3"' : ""}/>`,
      one.node.open ? "" : `<rect width="5" height="${one.height}" rx="2" fill="${line}"/>`,
      `<text x="14" y="${lines.length === 0 && !one.node.open ? one.height / 2 + 4 : 22}" font-size="13" font-weight="600" fill="${words.main}">${escaped(cut(one.node.label, one.width - 24, 7.4))}</text>`,
      ...lines.map((line, index) => `<text x="14" y="${40 + index * 15}" font-size="11" fill="${words.dim}">${escaped(cut(line, one.width - 24, 6))}</text>`),
      `<title>${escaped(`${one.node.label}${status}`)}</title></g>`,
    ].join("");
  };
  const width = Math.ceil(placed.width);
  const height = Math.ceil(placed.height);
  const open = placed.nodes.filter((one) => one.node.open).map(box);
  const closed = placed.nodes.filter((one) => !one.node.open).map(box);
  const arrows = placed.edges.map((one) => `<path d="${pathOf(one.points)}" fill="none" stroke="${words.arrow}" stroke-width="1.4" marker-end="url(#tip)"/>`);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="${FONT}">`,
    `<title>${escaped(title)}</title>`,
    `<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto"><path d="M0 0L8 4L0 8z" fill="${words.arrow}"/></marker></defs>`,
    `<rect width="100%" height="100%" fill="${grounds.page}"/>`,
    ...open,
    ...arrows,
    ...closed,
    "</svg>",
  ].join("\n");
}

const cut = (text: string, width: number, letter: number): string => {
  const most = Math.floor(width / letter);
  return text.length > most ? `${text.slice(0, most - 1)}…` : text;
};

const ENTITIES: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };
// Control characters cannot stand in XML at all.
// eslint-disable-next-line no-control-regex
const escaped = (text: string): string => text.replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f]/g, "\ufffd").replace(/[&<>"]/g, (letter) => ENTITIES[letter] ?? letter);
