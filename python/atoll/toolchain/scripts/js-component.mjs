// js-component IN.js OUT.wasm: a fetch handler as a wasi:http 0.2 component, with what it imports of the platform
// (`import { open } from "wasi:keyvalue/store@0.2.0-draft2"`).
// The engine speaks wasi:http 0.2.10 only, so the packages' patch version is rewritten to it.
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { worlds } from "./worlds.mjs";

const [sourcePath, out] = process.argv.slice(2);
const packages = join(process.env.NODE_PACKAGES, "@bytecodealliance");
const { componentize } = await import(pathToFileURL(join(packages, "componentize-js", "src", "componentize.js")));

const source = await readFile(sourcePath, "utf8");
const names = [...source.matchAll(/\bfrom\s*["']([\w-]+:[^"']+)["']/g)].map(([, name]) => name);
const folder = await mkdtemp(join(tmpdir(), "wit-"));
try {
  const witPath = join(folder, "worlds.wit");
  await writeFile(witPath, (await worlds(names)).replaceAll("0.2.12", "0.2.10"));
  const { component } = await componentize({ sourcePath, witPath, worldName: "http" });
  await writeFile(out, component);
} finally {
  await rm(folder, { recursive: true });
}
