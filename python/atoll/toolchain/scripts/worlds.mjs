// The worlds of WASI 0.2 as one text of WIT, with what a source imports besides: `wasi:keyvalue/store@0.2.0-draft2`.
// Whether a component may reach what it imports, its manifest says.
import { readFile, readdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const folder = join(dirname(fileURLToPath(import.meta.url)), "..", "wit");
const packageLine = /^package ([^;]+);/m;

// wasm-tools reads a folder through a file system that it does not have here, so packages go in as one text.
export async function witSource(directory) {
  const root = await pieces(directory);
  const entries = await readdir(join(directory, "deps"), { withFileTypes: true }).catch(() => []);
  const deps = entries.filter((entry) => entry.isDirectory() || entry.name.endsWith(".wit"));
  const packages = await Promise.all(deps.map((entry) => pieces(join(directory, "deps", entry.name), entry)));
  const head = `package ${id(root)};\n${bare(root)}`;
  return [head, ...packages.map((texts) => nested(id(texts), texts))].join("\n");
}

// The texts of a package: the files of a folder, or one file.
async function pieces(path, entry) {
  if (entry?.isFile()) return [await readFile(path, "utf8")];
  const files = (await readdir(path)).filter((name) => name.endsWith(".wit")).sort();
  return Promise.all(files.map((name) => readFile(join(path, name), "utf8")));
}

// `names` are those that a source imports; what the worlds have themselves, and what is no interface, is left alone.
export async function worlds(names) {
  const text = await witSource(join(folder, "wasi-0.2.12"));
  const rooms = (await Promise.all((await readdir(join(folder, "spin", "deps"))).map(room))).filter(({ id }) => id);
  const asked = [...new Set(names)].filter((name) => rooms.some((room) => has(room, name)));
  const imports = asked.map((name) => `  import ${name};\n`).join("");
  const packages = rooms.filter((room) => asked.some((name) => has(room, name)));
  const made = packages.map(({ id, texts }) => nested(id, texts));
  return [text.replace(/^world [\w-]+ \{\n/gm, (start) => start + imports), ...made].join("\n");
}

async function room(name) {
  const texts = await pieces(join(folder, "spin", "deps", name));
  // Worlds of platforms would want the packages of the whole platform.
  return { id: id(texts), texts: texts.filter((text) => !/^world /m.test(text)) };
}

function has({ id, texts }, name) {
  const [path, version] = name.split("@");
  const [owner, wanted] = path.split("/");
  return id === (version ? `${owner}@${version}` : owner) && texts.some((text) => text.includes(`interface ${wanted} {`));
}

function id(texts) {
  return texts.map((text) => text.match(packageLine)?.[1]).find(Boolean);
}

function bare(texts) {
  return texts.map((text) => text.replace(packageLine, "")).join("\n");
}

function nested(id, texts) {
  return `package ${id} {\n${bare(texts)}\n}`;
}
