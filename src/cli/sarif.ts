/** Problems as SARIF 2.1.0 (OASIS standard, "Static Analysis Results Interchange Format"), which code hosts and editors read. */
import { resolve, sep } from "node:path";
import { pathToFileURL } from "node:url";
import { problemCatalogue } from "../core/index.ts";
import type { Problem } from "./problem-line.ts";
import type { ExitStatus } from "./run.ts";
import { VERSION } from "./version.ts";

export interface CheckedImage {
  readonly name: string;
  /** Bytes of the image, after inflating. */
  readonly bytes: number;
  /** True when offsets count inflated bytes rather than those of the file. */
  readonly inflated: boolean;
  readonly problems: readonly Problem[];
}

/** Relative paths stay relative, as section 3.4.4 asks, with every segment percent-encoded. */
function uriOf(name: string): string {
  if (resolve(name) === name) return pathToFileURL(name).href;
  return name.split(sep).map(encodeURIComponent).join("/");
}

function resultOf({ severity, code, message, span, file }: Problem, image: CheckedImage, artifact: number, rules: ReadonlyMap<string, number>): object {
  const artifactLocation = { uri: uriOf(image.name), index: artifact };
  const region = span === undefined ? {} : { region: { byteOffset: span.start, byteLength: span.end - span.start } };
  const ruleIndex = rules.get(code);
  return {
    ruleId: code,
    ...(ruleIndex === undefined ? {} : { ruleIndex }),
    level: severity,
    message: { text: message },
    // A file inside the artifact: what a viewer cannot open is named in words.
    locations: [{ physicalLocation: { artifactLocation, ...region }, ...(file === undefined ? {} : { logicalLocations: [{ fullyQualifiedName: file, kind: "resource" }] }) }],
  };
}

export function sarifLog(images: readonly CheckedImage[], status: ExitStatus): object {
  const catalogue = problemCatalogue();
  const rules = new Map(catalogue.map(({ code }, index) => [code, index]));
  return {
    $schema: "https://json.schemastore.org/sarif-2.1.0.json",
    version: "2.1.0",
    runs: [
      {
        tool: {
          driver: {
            name: "icecore",
            version: VERSION,
            semanticVersion: VERSION,
            rules: catalogue.map(({ code, severity, doc, remedy }) => ({
              id: code,
              shortDescription: { text: doc },
              help: { text: remedy },
              defaultConfiguration: { level: severity },
            })),
          },
        },
        invocations: [{ executionSuccessful: status < 2, exitCode: status }],
        artifacts: images.map(({ name, bytes, inflated }) => ({
          location: { uri: uriOf(name) },
          roles: ["analysisTarget"],
          ...(inflated ? { description: { text: "Compressed: the byte offsets of the results count inflated bytes." } } : { length: bytes }),
        })),
        results: images.flatMap((image, index) => image.problems.map((problem) => resultOf(problem, image, index, rules))),
      },
    ],
  };
}
