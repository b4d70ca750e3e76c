// A name of AssemblyScript cannot have colons: the compiler gives the export its name of wasi:http when it is done.
export default class {
  afterCompile(module) {
    module.removeExport("handleExported");
    module.addFunctionExport("assembly/http/handleExported", "wasi:http/incoming-handler@0.2.12#handle");
  }
}
