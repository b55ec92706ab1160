/** `icecore completion`: a script for a shell, made from the list of commands and options. */
import { memorySource, openCheckpoint } from "../../core/index.ts";
import { CallError } from "../call-error.ts";
import { bashScript } from "../completions/bash.ts";
import { fishScript } from "../completions/fish.ts";
import type { TableName } from "../completions/table-name.ts";
import { zshScript } from "../completions/zsh.ts";
import { suggestion } from "../near-match.ts";
import { SHELLS } from "../options.ts";
import type { Command } from "../run.ts";

type Shell = (typeof SHELLS)[number];

const SCRIPTS: Readonly<Record<Shell, (tables: readonly TableName[]) => string>> = { bash: bashScript, zsh: zshScript, fish: fishScript };

export const completion: Command = async ({ words, out }) => {
  const [name = ""] = words;
  const shell = SHELLS.find((known) => known === name);
  if (shell === undefined) throw new CallError(`there is no completion for ${name}${suggestion(name, SHELLS, `there is ${SHELLS.join(", ")}`)}`);
  await out.write(SCRIPTS[shell](await tableNames()));
};

/** Every image has the same tables, so an empty one names them. */
async function tableNames(): Promise<readonly TableName[]> {
  const inspector = await openCheckpoint([{ name: "empty", source: memorySource(new Uint8Array(0)) }]);
  const tables = await inspector.tables();
  await inspector.close();
  return tables.map(({ name, label }) => ({ name, label }));
}
