// SVG as PNG.

const LARGEST = 8_000; // pixels of a side that browsers still draw

/** Twice as fine as on the page, where that is not too large. */
export async function pngOf(svg: string, { width, height }: { width: number; height: number }): Promise<Blob> {
  const scale = Math.min(2, LARGEST / Math.max(width, height, 1));
  const url = URL.createObjectURL(new Blob([svg], { type: "image/svg+xml" }));
  try {
    const image = new Image();
    image.src = url;
    await image.decode();
    const canvas = document.createElement("canvas");
    canvas.width = Math.max(1, Math.round(width * scale));
    canvas.height = Math.max(1, Math.round(height * scale));
    canvas.getContext("2d")?.drawImage(image, 0, 0, canvas.width, canvas.height);
    return await new Promise((done, failed) => canvas.toBlob((blob) => (blob === null ? failed(new Error("the picture is too large")) : done(blob)), "image/png"));
  } finally {
    URL.revokeObjectURL(url);
  }
}
