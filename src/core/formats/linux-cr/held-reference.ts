/** Stands for the objref -1 while references are numbers: -1 itself means that there is none. */
export const MINUS_ONE = -0x7fff_ffff;

/** An objref as it waits in a `ref` column for all objects to be known. */
export function held(objref: number): number {
  return objref === -1 ? MINUS_ONE : objref;
}
