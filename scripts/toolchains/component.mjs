// Turns text and core modules into what the guests need, with the wasm-tools that ship inside jco.
//
//   node component.mjs parse IN.wat OUT.wasm                     text to binary, as it is
//   node component.mjs new IN OUT.wasm [--adapt command|reactor]  core module with its world inside to component
//   node component.mjs embed IN OUT.wasm --wit DIR --world NAME [--adapt ...]   the same, for a module that says no world
import { readFile, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";

const packages = join(process.env.ATOLL_TOOLCHAINS, "node", "node_modules", "@bytecodealliance");
const { componentEmbed, componentNew, parse } = await import(
  pathToFileURL(join(packages, "jco-transpile", "dist", "wasm-tools.js"))
);

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { wit: { type: "string" }, world: { type: "string" }, adapt: { type: "string" } },
});
const [verb, input, output] = positionals;

// wasm-tools reads a folder through a file system it does not have here, so the packages go in as one text.
async function witSource(directory) {
  const root = await readFile(join(directory, "worlds.wit"), "utf8");
  const deps = await readdir(join(directory, "deps")).catch(() => []);
  const files = deps.filter((name) => name.endsWith(".wit"));
  const texts = await Promise.all(files.map((name) => readFile(join(directory, "deps", name), "utf8")));
  return [root, ...texts.map((text) => text.replace(/^package ([^;]+);([^]*)$/m, "package $1 {$2}"))].join("\n");
}

async function adapters() {
  if (!values.adapt) return [];
  const file = join(packages, "jco", "lib", `wasi_snapshot_preview1.${values.adapt}.wasm`);
  return [["wasi_snapshot_preview1", await readFile(file)]];
}

let binary = input.endsWith(".wat") ? await parse(await readFile(input, "utf8")) : await readFile(input);
if (verb === "embed") {
  binary = await componentEmbed({ binary, witSource: await witSource(values.wit), world: values.world });
}
if (verb !== "parse") binary = await componentNew(binary, await adapters());
await writeFile(output, binary);
