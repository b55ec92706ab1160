/**
 * The WebAssembly module that a library carries inside its text as base64. The libraries would start it themselves, but
 * by a request for a data: URL, which the page's policy forbids, and behind wrappers that go on forever, or stop without
 * giving out what they have, when the data is damaged. So the module is taken out and bound here with checks.
 *
 * Rejects where WebAssembly is not allowed. The page's policy must say 'wasm-unsafe-eval'.
 */
export async function startWasmInside<Exports>(text: string, imports: Readonly<Record<string, Readonly<Record<string, () => void>>>>): Promise<Exports> {
  const { instance } = await WebAssembly.instantiate(wasmBytes(text), imports);
  return instance.exports as Exports;
}

function wasmBytes(text: string): Uint8Array<ArrayBuffer> {
  const base64 = /AGFzbQ[A-Za-z0-9+/]+=*/.exec(text)?.[0];
  if (base64 === undefined) throw new Error("the library holds no WebAssembly module");
  const binary = atob(base64);
  const bytes = new Uint8Array(binary.length);
  for (let at = 0; at < bytes.length; at++) bytes[at] = binary.charCodeAt(at);
  return bytes;
}
