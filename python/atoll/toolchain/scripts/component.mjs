// Turns text and core modules into what the guests need, with the wasm-tools that ship inside jco.
//
//   node component.mjs parse IN.wat OUT.wasm                     text to binary, as it is
//   node component.mjs new IN OUT.wasm [--adapt command|reactor]  core module with its world inside to component
//   node component.mjs embed IN OUT.wasm --world NAME [--wit DIR] [--adapt ...]   the same, for a module that says no world;
//                                       without a folder the world is one of WASI 0.2, http or command, and has
//                                       what the module imports of the platform: wasi:keyvalue, spin:sqlite, ...
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { witSource, worlds } from "./worlds.mjs";

const packages = join(process.env.NODE_PACKAGES, "@bytecodealliance");
const { componentEmbed, componentNew, parse } = await import(
  pathToFileURL(join(packages, "jco-transpile", "dist", "wasm-tools.js"))
);

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { wit: { type: "string" }, world: { type: "string" }, adapt: { type: "string" } },
});
const [verb, input, output] = positionals;

// Without a folder, the world has what the core module imports of the platform.
async function witOf(binary) {
  if (values.wit) return witSource(values.wit);
  return worlds(WebAssembly.Module.imports(await WebAssembly.compile(binary)).map(({ module }) => module));
}

async function adapters() {
  if (!values.adapt) return [];
  const file = join(packages, "jco", "lib", `wasi_snapshot_preview1.${values.adapt}.wasm`);
  return [["wasi_snapshot_preview1", await readFile(file)]];
}

let binary = input.endsWith(".wat") ? await parse(await readFile(input, "utf8")) : await readFile(input);
if (verb === "embed") {
  binary = await componentEmbed({ binary, witSource: await witOf(binary), world: values.world });
}
if (verb !== "parse") binary = await componentNew(binary, await adapters());
await writeFile(output, binary);
