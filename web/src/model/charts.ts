// Drawings of a page as files.

const STYLES = ["fill", "stroke", "stroke-width", "stroke-dasharray", "stroke-linecap", "opacity", "fill-opacity", "stroke-opacity", "font-family", "font-size", "font-weight", "text-anchor"] as const;

/** A line of a drawing's legend. */
export interface LegendLine {
  readonly name: string;
  readonly colour: string;
  /** As SVG writes it; empty: no dashes. */
  readonly dashes: string;
}

const LEGEND_LINE = 20;

/** How large a drawing is as a file, with its legend below it. */
export const sizeWithLegend = (drawing: SVGSVGElement, legend: readonly LegendLine[]): { width: number; height: number } => {
  const { width, height } = drawing.getBoundingClientRect();
  return { width: Math.round(width), height: Math.round(height) + (legend.length > 0 ? legend.length * LEGEND_LINE + 10 : 0) };
};

/** A drawing of the page as a file that stands alone: the page's styles are written into it, on the page's own ground. */
export const svgText = (drawing: SVGSVGElement, ground: string, legend: readonly LegendLine[] = []): string => {
  const copy = drawing.cloneNode(true) as SVGSVGElement;
  const { width, height } = sizeWithLegend(drawing, legend);
  inline(drawing, copy);
  copy.removeAttribute("xmlns"); // which the serializer writes
  copy.setAttribute("width", String(width));
  copy.setAttribute("height", String(height));
  copy.setAttribute("viewBox", `0 0 ${width} ${height}`);
  copy.insertBefore(element("rect", { width: "100%", height: "100%", fill: ground }), copy.firstChild);
  const { color } = getComputedStyle(drawing);
  legend.forEach((line, index) => {
    const y = height - (legend.length - index) * LEGEND_LINE;
    copy.append(element("line", { x1: "16", x2: "46", y1: String(y), y2: String(y), stroke: line.colour, "stroke-width": "3", "stroke-dasharray": line.dashes || "none" }));
    const name = element("text", { x: "56", y: String(y + 4), fill: color, "font-size": "12", "font-family": "system-ui, sans-serif" });
    name.textContent = line.name;
    copy.append(name);
  });
  return `<?xml version="1.0" encoding="UTF-8"?>\n${new XMLSerializer().serializeToString(copy)}\n`;
};

const SVG = "http://www.w3.org/2000/svg";

const element = (name: string, attributes: Readonly<Record<string, string>>): SVGElement => {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
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
