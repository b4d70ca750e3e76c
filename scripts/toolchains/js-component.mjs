// js-component IN.js OUT.wasm: a fetch handler as a wasi:http 0.2 component.
// The engine speaks wasi:http 0.2.10 only, so the packages' patch version is rewritten to it.
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const [sourcePath, out] = process.argv.slice(2);
const packages = join(process.env.ATOLL_TOOLCHAINS, "node", "node_modules", "@bytecodealliance");
const { componentize } = await import(pathToFileURL(join(packages, "componentize-js", "src", "componentize.js")));
const wit = join(dirname(fileURLToPath(import.meta.url)), "..", "..", "wit", "wasi-0.2.12");

const witPath = await mkdtemp(join(tmpdir(), "wit-"));
try {
  await cp(wit, witPath, { recursive: true });
  for (const folder of [witPath, join(witPath, "deps")]) {
    for (const name of (await readdir(folder)).filter((name) => name.endsWith(".wit"))) {
      const file = join(folder, name);
      await writeFile(file, (await readFile(file, "utf8")).replaceAll("0.2.12", "0.2.10"));
    }
  }
  const { component } = await componentize({ sourcePath, witPath, worldName: "http" });
  await writeFile(out, component);
} finally {
  await rm(witPath, { recursive: true });
}
