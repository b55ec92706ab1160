/** icecore on the command line: read the call, run the command, end with its status. */
import { parseCall, type Call } from "./arguments.ts";
import { CallError } from "./call-error.ts";
import { check } from "./commands/check.ts";
import { completion } from "./commands/completion.ts";
import { core } from "./commands/core.ts";
import { decode } from "./commands/decode.ts";
import { encode } from "./commands/encode.ts";
import { explain } from "./commands/explain.ts";
import { hex } from "./commands/hex.ts";
import { map } from "./commands/map.ts";
import { read } from "./commands/read.ts";
import { records } from "./commands/records.ts";
import { search, strings } from "./commands/search.ts";
import { show } from "./commands/show.ts";
import { table } from "./commands/table.ts";
import { x } from "./commands/x.ts";
import { commandHelp, generalHelp } from "./help.ts";
import { complain, Run, type Command, type ExitStatus } from "./run.ts";
import { Output, OutputClosed, type ColorChoice } from "./terminal.ts";
import { VERSION } from "./version.ts";

const COMMANDS: Readonly<Record<string, Command>> = { show, table, check, records, hex, explain, map, read, search, strings, core, decode, encode, x, completion };

async function perform(call: Call): Promise<ExitStatus> {
  const color = call.kind === "run" ? (call.options.choice("color") as ColorChoice) : "never";
  const out = new Output(process.stdout, color, process.env);
  let run: Run | undefined;
  try {
    if (call.kind === "version") await out.line(`icecore ${VERSION}`);
    else if (call.kind === "help") await out.write(call.command === undefined ? generalHelp() : commandHelp(call.command));
    else {
      run = new Run(call.words, call.options, out);
      await COMMANDS[call.command.name]!(run);
    }
    await out.flush();
  } catch (error) {
    // Whoever read our output has what they wanted.
    if (!(error instanceof OutputClosed)) throw error;
  }
  return run?.status ?? 0;
}

function failure(error: unknown): ExitStatus {
  if (error instanceof CallError) complain(error.message);
  else if (error instanceof Error && "syscall" in error) complain(`the image could not be read to its end: ${error.message}`);
  else complain(`internal error, please report it: ${error instanceof Error ? error.message : String(error)}`);
  return 2;
}

// The callback of each write sees errors of standard output; without a listener they would end the program as well.
process.stdout.on("error", () => undefined);
process.stderr.on("error", () => undefined);

let status: ExitStatus;
try {
  status = await perform(parseCall(process.argv.slice(2)));
} catch (error) {
  status = failure(error);
}
process.exit(status);
