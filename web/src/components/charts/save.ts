// Saves tables as CSV and drawings as SVG or PNG.

import { type LegendLine, sizeWithLegend, svgText } from "../../model/charts";
import { csv } from "../../model/files";
import { pngOf } from "../pictures";
import { saveBlob, saveText } from "../saving";

/** The mark at its beginning tells spreadsheets that it is UTF-8. */
export const saveCsv = (name: string, columns: readonly string[], rows: readonly (readonly unknown[])[]): void => saveText(name, `\ufeff${csv(columns, rows)}`, "text/csv");

/** The colour behind a drawing, as the page shows it. */
const groundOf = (drawing: Element): string => {
  for (let one: Element | null = drawing; one; one = one.parentElement) {
    const colour = getComputedStyle(one).backgroundColor;
    if (colour && !/rgba\(.*, 0\)|transparent/.test(colour)) return colour;
  }
  return "#ffffff";
};

export const saveSvg = (name: string, drawing: SVGSVGElement, legend: readonly LegendLine[]): void => saveText(name, svgText(drawing, groundOf(drawing), legend), "image/svg+xml");

export const savePng = async (name: string, drawing: SVGSVGElement, legend: readonly LegendLine[]): Promise<void> =>
  saveBlob(name, await pngOf(svgText(drawing, groundOf(drawing), legend), sizeWithLegend(drawing, legend)));
