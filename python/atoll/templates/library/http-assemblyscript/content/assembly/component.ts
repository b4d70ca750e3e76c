// What the component exports. exports.mjs gives the handler its name of wasi:http.
export { handleExported, cabi_realloc } from "./http";
