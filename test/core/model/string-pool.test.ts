import { expect, test } from "vitest";
import { StringPool } from "../../../src/core/model/string-pool.ts";

test("every id leads back to its text, however many there are", () => {
  const pool = new StringPool();
  const texts = Array.from({ length: 200_000 }, (_, at) => `/srv/data/${at % 3 === 0 ? "same" : at}`);
  const ids = texts.map((text) => pool.add(text));
  expect(ids.every((id, at) => pool.get(id) === texts[at])).toBe(true);
});

test("a text that came early is kept once behind a million others", () => {
  const pool = new StringPool();
  const early = pool.add("anonymous");
  for (let at = 0; at < 1_000_000; at++) pool.add(`/srv/data/${at}`);
  const before = pool.count;
  expect(pool.add("anonymous")).toBe(early);
  expect(pool.count).toBe(before);
});

test("texts that come again are kept once, also when there are many of them", () => {
  const pool = new StringPool();
  for (let round = 0; round < 4; round++) for (let at = 0; at < 50_000; at++) pool.add(`/usr/lib/${at}`);
  expect(pool.count).toBe(50_000);
});
