import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { bytesView, decodeLink, encodeLink, SEARCH_MODES, tableView, type Link, type View } from "../../src/ui/state/view.ts";

const text = fc.string({ unit: "grapheme", maxLength: 20 });
const position = fc.nat({ max: Number.MAX_SAFE_INTEGER });
const address = fc.bigInt({ min: 0n, max: (1n << 64n) - 1n });
const optional = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.option(value, { nil: undefined });

/** Drops members that are undefined: a View says "none" by leaving the member out. */
function compact<T extends object>(value: { [K in keyof T]: T[K] | undefined }): T {
  return Object.fromEntries(Object.entries(value).filter(([, item]) => item !== undefined)) as T;
}

const view: fc.Arbitrary<View> = fc.oneof(
  fc.constant<View>({ kind: "summary" }),
  fc
    .record({
      table: text,
      row: optional(position),
      column: optional(text),
      record: optional(position),
      field: optional(text),
      query: fc.record({
        search: text,
        filters: fc.dictionary(text, text, { maxKeys: 3 }).map((filters) => ({ ...filters })),
        sort: fc.array(fc.record({ column: text, descending: fc.boolean() }), { maxLength: 3 }),
      }),
    })
    .map((members) => compact<View>({ kind: "table", ...members } as never)),
  fc
    .record({ file: position, offset: position, anchor: optional(position), field: optional(text) })
    .map((members) => compact<View>({ kind: "bytes", ...members } as never)),
  fc
    .record({ space: position, address: optional(address), anchor: optional(address) })
    .map((members) => compact<View>({ kind: "memory", ...members } as never)),
  position.map((thread): View => ({ kind: "thread", thread })),
  position.map((space): View => ({ kind: "process", space })),
  fc
    .record({
      mode: fc.constantFrom(...SEARCH_MODES),
      text,
      encoding: optional(text),
      ignoreCase: optional(fc.constant(true)),
      width: optional(position),
      aligned: optional(fc.constant(true)),
      space: optional(position),
      region: optional(position),
    })
    .map((members) => compact<View>({ kind: "search", ...members } as never)),
);

const link: fc.Arbitrary<Link> = fc
  .record({
    view,
    options: fc.record({ revision: text, architecture: text, checkpoint: text }, { requiredKeys: [] }),
    image: optional(
      fc.record(
        { name: text, size: position, fileCount: fc.nat({ max: 999 }), sample: text },
        { requiredKeys: ["name", "size", "fileCount"] },
      ),
    ),
  })
  .map((members) => compact<Link>(members));

describe("a link", () => {
  it("decodes to what was encoded", () => {
    fc.assert(
      fc.property(link, (value) => {
        expect(decodeLink(encodeLink(value))).toEqual(value);
      }),
    );
  });

  it("decodes with the # in front, as the browser hands it out", () => {
    const value: Link = { view: tableView("regions", 3), options: {} };
    expect(decodeLink(`#${encodeLink(value)}`)).toEqual(value);
  });

  it("is read in any text without an exception", () => {
    fc.assert(fc.property(fc.string(), (hash) => void decodeLink(hash)));
    fc.assert(fc.property(fc.string(), (rest) => void decodeLink(`#v=1&at=table&${rest}`)));
  });

  it("of another version is none", () => {
    expect(decodeLink("#v=2&at=summary")).toBeUndefined();
    expect(decodeLink("")).toBeUndefined();
  });

  it("made by this version stays readable", () => {
    expect(decodeLink("#v=1&at=table&table=regions&row=3&column=start&is.kind=heap&sort=-start&sort=%2Bpid&image=a.img&size=10")).toEqual({
      view: {
        kind: "table",
        table: "regions",
        row: 3,
        column: "start",
        query: {
          search: "",
          filters: { kind: "heap" },
          sort: [
            { column: "start", descending: true },
            { column: "pid", descending: false },
          ],
        },
      },
      options: {},
      image: { name: "a.img", size: 10, fileCount: 1 },
    });
  });

  it("names the checkpoint that was chosen among several", () => {
    expect(decodeLink("#v=1&at=summary&checkpoint=dump%2Fpre1&image=a.tar&size=10")?.options).toEqual({ checkpoint: "dump/pre1" });
  });

  it("ignores numbers that are none", () => {
    expect(decodeLink("#v=1&at=bytes&file=0&offset=-5")?.view).toEqual({ kind: "bytes", file: 0, offset: 0 });
    expect(decodeLink("#v=1&at=bytes&file=0&offset=99999999999999999999")?.view).toEqual({ kind: "bytes", file: 0, offset: 0 });
  });
});

describe("a view of bytes", () => {
  it("selects a range from its last byte to its first, so that the cursor stands at the start", () => {
    expect(bytesView(0, 16, 24)).toEqual({ kind: "bytes", file: 0, offset: 16, anchor: 23 });
    expect(bytesView(0, 16, 17)).toEqual({ kind: "bytes", file: 0, offset: 16 });
    expect(bytesView(0, 16, 16)).toEqual({ kind: "bytes", file: 0, offset: 16 });
  });
});
