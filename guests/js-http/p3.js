// wasi:http/handler 0.3.0 on QuickJS, which has no TextEncoder: the text goes out as its bytes.
import { Fields, Response } from "wasi:http/types@0.3.0";

const text = Uint8Array.from("Hello from QuickJS\n", (letter) => letter.charCodeAt(0));

export const handler = {
  async handle(_request) {
    const body = wit.Stream(wit.Stream.U8);
    const trailers = wit.Future(wit.Future.RESULT_OPTION_OTHER_ERROR_CODE);
    const [response] = Response.new(new Fields(), body.readable, trailers.readable);
    body.writable.writeAll(text).then(() => {
      body.writable.drop();
      trailers.writable.write({ tag: "ok", val: undefined });
    });
    return response;
  },
};
