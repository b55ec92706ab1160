/** Time from a chosen file to the first table on the screen, and what the page weighs then, in a real Chromium. */
export async function browserFigures(_images: readonly (readonly [string, string])[]): Promise<[string, string, string][]> {
  return [];
}
