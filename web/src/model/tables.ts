// Tables: what is selected in them.

/** Selected rows after one was clicked; with `range` all from the last clicked one to it, as it becomes. */
export function toggled(selected: ReadonlySet<string>, ids: readonly string[], click: { id: string; last: string | null; range: boolean }): Set<string> {
  const next = new Set(selected);
  const on = !selected.has(click.id);
  const [from, to] = [ids.indexOf(click.last ?? ""), ids.indexOf(click.id)].sort((a, b) => a - b) as [number, number];
  const meant = click.range && from >= 0 ? ids.slice(from, to + 1) : [click.id];
  for (const id of meant) {
    if (on) next.add(id);
    else next.delete(id);
  }
  return next;
}

/** All rows selected, or none if all were. */
export function allToggled(selected: ReadonlySet<string>, ids: readonly string[]): Set<string> {
  return ids.length > 0 && ids.every((id) => selected.has(id)) ? new Set() : new Set(ids);
}

/** What is selected and still there. */
export const present = (selected: ReadonlySet<string>, ids: readonly string[]): Set<string> => new Set(ids.filter((id) => selected.has(id)));
