// The ways to save a chart: the drawing with its legend, and what it is made of.

import type { LegendLine } from "../../model/charts";
import { fileName } from "../../model/files";
import { dashOf } from "./curves";
import { saveCsv, savePng, saveSvg } from "./save";
import type { Saving } from "./SaveMenu";

/** A line of a chart: what the legend calls it, and the place that gives its colour and dashes. */
export interface LegendItem {
  readonly id: string;
  readonly label: string;
  readonly place: number;
}

interface Drawn {
  /** Of the element that holds the drawing. */
  readonly id: string;
  /** Of which the files' names are made. */
  readonly names: readonly string[];
  /** The lines that are drawn now, in the order in which they are drawn. */
  readonly shown: readonly LegendItem[];
  readonly columns: readonly string[];
  readonly rows: () => readonly (readonly unknown[])[];
  readonly onTrouble: (text: string) => void;
}

/** The drawn lines with the colours that the page gives them. */
const legendOf = (shown: readonly LegendItem[], drawing: SVGSVGElement): LegendLine[] => {
  const lines = drawing.querySelectorAll<SVGPathElement>("path.recharts-line-curve");
  return shown.map(({ label, place }, index) => {
    const line = lines[index];
    return { name: label, colour: line ? getComputedStyle(line).stroke : "gray", dashes: dashOf(place) ?? "" };
  });
};

/** As PNG, as SVG, and the points as CSV. */
export const waysToSave = ({ id, names, shown, columns, rows, onTrouble }: Drawn): Saving[] => {
  const name = (ending: string) => fileName(names, ending);
  const withDrawing = (act: (drawing: SVGSVGElement, legend: LegendLine[]) => void) => () => {
    const drawing = document.getElementById(id)?.querySelector<SVGSVGElement>("svg.recharts-surface");
    if (drawing) act(drawing, legendOf(shown, drawing));
  };
  return [
    { label: "PNG", save: withDrawing((drawing, legend) => void savePng(name("png"), drawing, legend).catch((error: unknown) => onTrouble(String(error)))) },
    { label: "SVG", save: withDrawing((drawing, legend) => saveSvg(name("svg"), drawing, legend)) },
    { label: "CSV", save: () => saveCsv(name("csv"), columns, rows()) },
  ];
};
