// Tables and pictures as files.

/** Rows as CSV (RFC 4180): quoted where needed, lines that end as spreadsheets expect it. */
export const csv = (columns: readonly string[], rows: readonly (readonly unknown[])[]): string =>
  [columns, ...rows].map((row) => row.map(cell).join(",") + "\r\n").join("");

const cell = (value: unknown): string => {
  const text = value === null || value === undefined ? "" : typeof value === "string" ? value : JSON.stringify(value);
  return /[",\r\n]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
};

/** A name for a file, made of words, that any system takes. */
export const fileName = (parts: readonly string[], ending: string): string => {
  const stem = parts
    .map((part) => part.normalize("NFKD").replace(/[^A-Za-z0-9._-]+/g, "-").replace(/^[-.]+|[-.]+$/g, ""))
    .filter(Boolean)
    .join("-")
    .slice(0, 100);
  return `${stem || "bakehouse"}.${ending}`;
};

const STYLES = ["fill", "stroke", "stroke-width", "stroke-dasharray", "stroke-linecap", "opacity", "fill-opacity", "stroke-opacity", "font-family", "font-size", "font-weight", "text-anchor"] as const;

/** A drawing of the page as a file that stands alone: the page's styles are written into it, on the page's own ground. */
export const svgText = (drawing: SVGSVGElement, ground: string): string => {
  const copy = drawing.cloneNode(true) as SVGSVGElement;
  const { width, height } = drawing.getBoundingClientRect();
  inline(drawing, copy);
  copy.setAttribute("xmlns", "http://www.w3.org/2000/svg");
  copy.setAttribute("width", String(Math.round(width)));
  copy.setAttribute("height", String(Math.round(height)));
  const back = document.createElementNS("http://www.w3.org/2000/svg", "rect");
  back.setAttribute("width", "100%");
  back.setAttribute("height", "100%");
  back.setAttribute("fill", ground);
  copy.insertBefore(back, copy.firstChild);
  return `<?xml version="1.0" encoding="UTF-8"?>\n${new XMLSerializer().serializeToString(copy)}\n`;
};

const inline = (from: Element, to: Element): void => {
  const style = getComputedStyle(from);
  for (const name of STYLES) {
    const value = style.getPropertyValue(name);
    if (value) to.setAttribute(name, value);
  }
  to.removeAttribute("class");
  to.removeAttribute("style");
  to.removeAttribute("tabindex");
  Array.from(from.children).forEach((child, index) => {
    const other = to.children[index];
    if (other) inline(child, other);
  });
};
