/** Which nodes to open on the way to fields; long lists are folded into groups `first-last`. */
export function onTheWayTo(paths: readonly string[]): (path: string) => boolean {
  const above = new Set<string>();
  /** Elements that are wanted, by the path of their list, ascending. */
  const elements = new Map<string, number[]>();
  for (const path of paths) {
    const steps = path.split(".");
    for (let step = 1; step <= steps.length; step++) {
      const here = steps.slice(0, step).join(".");
      if (above.has(here)) continue;
      above.add(here);
      const list = steps.slice(0, step - 1).join(".");
      if (/^\d+$/.test(steps[step - 1]!)) elements.set(list, [...(elements.get(list) ?? []), Number(steps[step - 1])]);
    }
  }
  return (path) => {
    if (above.has(path)) return true;
    const group = /^(.*)\.(\d+)-(\d+)$/.exec(path);
    return group !== null && elements.get(group[1]!)?.some((element) => element >= Number(group[2]) && element <= Number(group[3])) === true;
  };
}
