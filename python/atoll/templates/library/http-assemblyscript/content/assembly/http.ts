// HTTP for AssemblyScript: the canonical ABI of wasi:http 0.2 by hand, without a bindings generator.
// A result lies in memory: one byte says whether it is an error, and the value stands 4 bytes further.
import { handle } from "./index";

const METHODS = ["GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH"];
const PORTION = 4096; // what one blocking write may carry
const result = memory.data(64, 8);

export class Request {
  constructor(private handle: i32) {}

  get method(): string {
    requestMethod(this.handle, result);
    const tag = load<u8>(result);
    return tag < <u8>METHODS.length ? METHODS[tag] : text(result + 4);
  }

  // With the query: "/users?page=2".
  get path(): string {
    requestPath(this.handle, result);
    return load<u8>(result) ? text(result + 4) : "/";
  }

  // The value of the header of this name, or null.
  header(name: string): string | null {
    const bytes = String.UTF8.encode(name);
    fieldsGet(requestHeaders(this.handle), changetype<usize>(bytes), bytes.byteLength, result);
    return load<u32>(result, 4) ? text(load<u32>(result)) : null;
  }

  // The whole body. It can be read once.
  body(): Uint8Array {
    requestConsume(this.handle, result);
    bodyStream(taken(), result);
    const stream = taken();
    const portions: Uint8Array[] = [];
    let size = 0;
    for (streamRead(stream, 65536, result); !load<u8>(result); streamRead(stream, 65536, result)) {
      const portion = new Uint8Array(load<u32>(result, 8));
      memory.copy(portion.dataStart, load<u32>(result, 4), portion.length);
      portions.push(portion);
      size += portion.length;
    }
    inputDrop(stream);
    const all = new Uint8Array(size);
    for (let index = 0, at = 0; index < portions.length; at += portions[index++].length) all.set(portions[index], at);
    return all;
  }
}

export class Response {
  status: u16 = 200;
  contentType: string = "text/plain; charset=utf-8";
  headers: Map<string, string> = new Map();

  constructor(public body: string) {}
}

// Is exported as wasi:http/incoming-handler@0.2.12#handle: see exports.mjs.
export function handleExported(request: i32, outparam: i32): void {
  const response = handle(new Request(request));
  const headers = fieldsNew();
  append(headers, "content-type", response.contentType);
  const names = response.headers.keys();
  for (let index = 0; index < names.length; index++) append(headers, names[index], response.headers.get(names[index]));
  const outgoing = responseNew(headers);
  assert(responseSetStatus(outgoing, response.status) == 0, "the status is invalid");
  responseBody(outgoing, result);
  const body = taken();
  outparamSet(outparam, 0, outgoing, 0, 0, 0, 0, 0, 0);

  bodyWrite(body, result);
  const stream = taken();
  const bytes = String.UTF8.encode(response.body);
  for (let start = 0; start < bytes.byteLength; start += PORTION) {
    streamWrite(stream, changetype<usize>(bytes) + start, min(PORTION, bytes.byteLength - start), result);
  }
  outputDrop(stream);
  bodyFinish(body, 0, 0, result);
}

// The host asks for memory here when it gives text. All memory goes with the sandbox, so nothing is freed.
export function cabi_realloc(old: usize, oldSize: usize, align: usize, size: usize): usize {
  return size ? (old ? heap.realloc(old, size) : heap.alloc(size)) : align;
}

// Ends the request; what went wrong is the stack's to say.
export function abort(_message: string | null, _file: string | null, _line: u32, _column: u32): void {
  unreachable();
}

function text(list: usize): string {
  return String.UTF8.decodeUnsafe(load<u32>(list), load<u32>(list, 4));
}

function taken(): i32 {
  assert(load<u8>(result) == 0, "the host refused");
  return load<i32>(result, 4);
}

function append(fields: i32, name: string, value: string): void {
  const nameBytes = String.UTF8.encode(name);
  const valueBytes = String.UTF8.encode(value);
  fieldsAppend(
    fields,
    changetype<usize>(nameBytes),
    nameBytes.byteLength,
    changetype<usize>(valueBytes),
    valueBytes.byteLength,
    result,
  );
}

@external("wasi:http/types@0.2.12", "[method]incoming-request.method")
declare function requestMethod(self: i32, result: usize): void;
@external("wasi:http/types@0.2.12", "[method]incoming-request.path-with-query")
declare function requestPath(self: i32, result: usize): void;
@external("wasi:http/types@0.2.12", "[method]incoming-request.headers")
declare function requestHeaders(self: i32): i32;
@external("wasi:http/types@0.2.12", "[method]incoming-request.consume")
declare function requestConsume(self: i32, result: usize): void;
@external("wasi:http/types@0.2.12", "[method]incoming-body.stream")
declare function bodyStream(self: i32, result: usize): void;
@external("wasi:http/types@0.2.12", "[constructor]fields")
declare function fieldsNew(): i32;
@external("wasi:http/types@0.2.12", "[method]fields.get")
declare function fieldsGet(self: i32, name: usize, nameSize: i32, result: usize): void;
@external("wasi:http/types@0.2.12", "[method]fields.append")
declare function fieldsAppend(self: i32, name: usize, nameSize: i32, value: usize, valueSize: i32, result: usize): void;
@external("wasi:http/types@0.2.12", "[constructor]outgoing-response")
declare function responseNew(headers: i32): i32;
@external("wasi:http/types@0.2.12", "[method]outgoing-response.set-status-code")
declare function responseSetStatus(self: i32, status: i32): i32;
@external("wasi:http/types@0.2.12", "[method]outgoing-response.body")
declare function responseBody(self: i32, result: usize): void;
@external("wasi:http/types@0.2.12", "[static]response-outparam.set")
declare function outparamSet(
  self: i32, isError: i32, response: i32, a: i32, b: i64, c: i32, d: i32, e: i32, f: i32,
): void;
@external("wasi:http/types@0.2.12", "[method]outgoing-body.write")
declare function bodyWrite(self: i32, result: usize): void;
@external("wasi:http/types@0.2.12", "[static]outgoing-body.finish")
declare function bodyFinish(self: i32, some: i32, trailers: i32, result: usize): void;
@external("wasi:io/streams@0.2.12", "[method]input-stream.blocking-read")
declare function streamRead(self: i32, most: i64, result: usize): void;
@external("wasi:io/streams@0.2.12", "[method]output-stream.blocking-write-and-flush")
declare function streamWrite(self: i32, bytes: usize, size: i32, result: usize): void;
@external("wasi:io/streams@0.2.12", "[resource-drop]input-stream")
declare function inputDrop(self: i32): void;
@external("wasi:io/streams@0.2.12", "[resource-drop]output-stream")
declare function outputDrop(self: i32): void;
