import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { SearchHit } from "../../src/core/inspector.ts";
import { foundHex, foundText, hitsAsFile, rowOfHit, viewOfHit } from "../../src/ui/parts/search/hit-text.ts";

function hit(part: Partial<SearchHit> = {}): SearchHit {
  return { where: "space", space: 1, region: 4, object: -1, address: 0x7f10n, length: 3, owner: "12 cat: heap", file: 2, offset: 0x80, context: new TextEncoder().encode("...abc..."), contextAt: 3, ...part };
}

describe("a hit", () => {
  it("is told apart from what surrounds it", () => {
    expect(foundText(hit())).toEqual({ before: "...", hit: "abc", after: "..." });
    expect(foundHex(hit())).toEqual({ before: "2e 2e 2e", hit: "61 62 63", after: "2e 2e 2e" });
  });

  it("in UTF-16 is shown as the text that it is, controls as dots", () => {
    expect(foundText(hit({ text: "naïve\u0007", length: 12, context: new Uint8Array(18) }))).toMatchObject({ hit: "naïve." });
  });

  it("is never more than a line, wherever it stands in its context", () => {
    const anyHit = fc.record({ context: fc.uint8Array({ maxLength: 300 }), contextAt: fc.integer({ min: -5, max: 400 }), length: fc.integer({ min: 0, max: 2 ** 40 }) });
    fc.assert(
      fc.property(anyHit, (part) => {
        const hex = foundHex(hit(part));
        const text = foundText(hit(part));
        expect(`${hex.before} ${hex.hit} ${hex.after}`.length).toBeLessThanOrEqual(64);
        expect((text.before + text.hit + text.after).length).toBeLessThanOrEqual(73);
      }),
    );
  });

  it("in an address space leads to memory, any other to its file", () => {
    expect(viewOfHit(hit())).toEqual({ kind: "memory", space: 1, address: 0x7f10n, anchor: 0x7f12n });
    expect(viewOfHit(hit({ where: "data", space: -1 }))).toEqual({ kind: "bytes", file: 2, offset: 0x80, anchor: 0x82 });
    expect(viewOfHit(hit({ where: "object", space: -1 }))).toMatchObject({ kind: "bytes", file: 2 });
  });

  it("leads to the row that holds it", () => {
    expect(rowOfHit(hit())).toMatchObject({ table: "regions", row: 4 });
    expect(rowOfHit(hit({ where: "object", object: 6 }))).toMatchObject({ table: "memory_objects", row: 6 });
    expect(rowOfHit(hit({ where: "data", row: { table: "pipes", row: 3 } }))).toMatchObject({ table: "pipes", row: 3 });
    expect(rowOfHit(hit({ region: -1 }))).toBeUndefined();
  });
});

describe("hits as a file", () => {
  const files = ["core.img", "mm.img", "pages-1.img"];
  const several = [hit(), hit({ text: 'say "hi",\r\nthen' }), hit({ owner: "=cmd()", file: -1, offset: -1 })];

  it("are JSON that reads back", () => {
    const read = JSON.parse(hitsAsFile(several, "json", files).join("")) as Record<string, unknown>[];
    expect(read).toHaveLength(3);
    expect(read[0]).toEqual({ where: "space", owner: "12 cat: heap", address: "0x7f10", length: 3, file: "pages-1.img", offset: 0x80, text: null, context: "2e2e2e6162632e2e2e", context_at: 3 });
    expect(read[1]?.["text"]).toBe('say "hi",\r\nthen');
    expect(JSON.parse(hitsAsFile([], "json", files).join(""))).toEqual([]);
  });

  it("are CSV in which no text is a formula or a line of its own", () => {
    const text = hitsAsFile(several, "csv", files).join("");
    expect(text).toContain('"say ""hi"",\r\nthen"');
    expect(text).toContain("'=cmd()");
    expect(text.startsWith("where,owner,address,length,file,offset,text,context,context_at\r\n")).toBe(true);
    expect(text).toContain("space,'=cmd(),0x7f10,3,,,,");
  });
});
