//! HTTP for Zig: the canonical ABI of wasi:http 0.2 by hand, without a bindings generator.
//!
//! A result lies in memory: one byte says whether it is an error, and the value stands 4 bytes further.
const std = @import("std");

/// All memory goes with the sandbox, so nothing needs to be freed.
pub const allocator = std.heap.wasm_allocator;

pub const Header = struct { name: []const u8, value: []const u8 };

pub const Response = struct {
    status: u16 = 200,
    content_type: []const u8 = "text/plain; charset=utf-8",
    headers: []const Header = &.{},
    body: []const u8 = "",
};

pub const Request = struct {
    /// "GET", "POST" and so on.
    method: []const u8,
    /// With the query: "/users?page=2".
    path: []const u8,
    handle: i32,

    /// The value of the header of this name.
    pub fn header(self: Request, name: []const u8) ?[]const u8 {
        var values: List = undefined;
        abi.fieldsGet(abi.requestHeaders(self.handle), name.ptr, name.len, &values);
        if (values.size == 0) return null;
        const first: *const List = @ptrCast(@alignCast(values.start));
        return first.text();
    }

    /// The whole body. It can be read once.
    pub fn body(self: Request) ![]const u8 {
        var result: HandleResult = undefined;
        abi.requestConsume(self.handle, &result);
        abi.bodyStream(try result.taken(), &result);
        const stream = try result.taken();
        defer abi.inputDrop(stream);
        var all: std.ArrayList(u8) = .empty;
        while (true) {
            var portion: ListResult = undefined;
            abi.streamRead(stream, 65536, &portion);
            if (portion.is_error) return all.items;
            try all.appendSlice(allocator, portion.value.text());
        }
    }
};

/// Makes the handler the one that the component exports.
pub fn serve(comptime handler: fn (Request) anyerror!Response) void {
    const exported = struct {
        fn handle(request: i32, outparam: i32) callconv(.c) void {
            const response = handler(received(request)) catch |failure| Response{
                .status = 500,
                .body = @errorName(failure),
            };
            send(outparam, response) catch @trap();
        }
    };
    @export(&exported.handle, .{ .name = "wasi:http/incoming-handler@0.2.12#handle" });
}

/// The host asks for memory here when it gives text.
export fn cabi_realloc(old: ?[*]u8, old_size: usize, alignment: usize, size: usize) [*]u8 {
    if (size == 0) return @ptrFromInt(alignment);
    const block = allocator.alignedAlloc(u8, .@"16", size) catch @trap();
    if (old) |start| @memcpy(block[0..@min(old_size, size)], start[0..@min(old_size, size)]);
    return block.ptr;
}

const methods = [_][]const u8{ "GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH" };

fn received(request: i32) Request {
    var method: Method = undefined;
    var path: OptionText = undefined;
    abi.requestMethod(request, &method);
    abi.requestPath(request, &path);
    return .{
        .method = if (method.tag < methods.len) methods[method.tag] else method.other.text(),
        .path = if (path.is_some) path.value.text() else "/",
        .handle = request,
    };
}

fn send(outparam: i32, response: Response) !void {
    var ignored: [64]u8 align(8) = undefined;
    var result: HandleResult = undefined;
    const headers = abi.fieldsNew();
    append(headers, .{ .name = "content-type", .value = response.content_type });
    for (response.headers) |header| append(headers, header);
    const outgoing = abi.responseNew(headers);
    if (abi.responseSetStatus(outgoing, response.status) != 0) return error.StatusInvalid;
    abi.responseBody(outgoing, &result);
    const body = try result.taken();
    abi.outparamSet(outparam, 0, outgoing, 0, 0, 0, 0, 0, 0);

    abi.bodyWrite(body, &result);
    const stream = try result.taken();
    var rest = response.body;
    while (rest.len > 0) {
        const size = @min(rest.len, 4096); // what one blocking write may carry
        abi.streamWrite(stream, rest.ptr, size, &ignored);
        rest = rest[size..];
    }
    abi.outputDrop(stream);
    abi.bodyFinish(body, 0, 0, &ignored);
}

fn append(fields: i32, header: Header) void {
    var ignored: [16]u8 align(4) = undefined;
    abi.fieldsAppend(fields, header.name.ptr, header.name.len, header.value.ptr, header.value.len, &ignored);
}

const List = extern struct {
    start: [*]const u8,
    size: usize,

    fn text(self: List) []const u8 {
        return self.start[0..self.size];
    }
};
const OptionText = extern struct { is_some: bool, value: List };
const Method = extern struct { tag: u8, other: List };
const ListResult = extern struct { is_error: bool, value: List };
const HandleResult = extern struct {
    is_error: bool,
    handle: i32,
    rest: [48]u8,

    fn taken(self: HandleResult) !i32 {
        return if (self.is_error) error.RefusedByHost else self.handle;
    }
};

fn imported(comptime Function: type, comptime module: []const u8, comptime name: []const u8) *const Function {
    return @extern(*const Function, .{ .library_name = module, .name = name });
}

const abi = struct {
    const types = "wasi:http/types@0.2.12";
    const streams = "wasi:io/streams@0.2.12";
    const Text = [*]const u8;
    const Memory = [*]u8;

    const requestMethod = imported(fn (i32, *Method) callconv(.c) void, types, "[method]incoming-request.method");
    const requestPath = imported(
        fn (i32, *OptionText) callconv(.c) void,
        types,
        "[method]incoming-request.path-with-query",
    );
    const requestHeaders = imported(fn (i32) callconv(.c) i32, types, "[method]incoming-request.headers");
    const requestConsume = imported(
        fn (i32, *HandleResult) callconv(.c) void,
        types,
        "[method]incoming-request.consume",
    );
    const bodyStream = imported(fn (i32, *HandleResult) callconv(.c) void, types, "[method]incoming-body.stream");
    const fieldsNew = imported(fn () callconv(.c) i32, types, "[constructor]fields");
    const fieldsGet = imported(fn (i32, Text, usize, *List) callconv(.c) void, types, "[method]fields.get");
    const fieldsAppend = imported(
        fn (i32, Text, usize, Text, usize, Memory) callconv(.c) void,
        types,
        "[method]fields.append",
    );
    const responseNew = imported(fn (i32) callconv(.c) i32, types, "[constructor]outgoing-response");
    const responseSetStatus = imported(
        fn (i32, i32) callconv(.c) i32,
        types,
        "[method]outgoing-response.set-status-code",
    );
    const responseBody = imported(fn (i32, *HandleResult) callconv(.c) void, types, "[method]outgoing-response.body");
    const outparamSet = imported(
        fn (i32, i32, i32, i32, i64, i32, i32, i32, i32) callconv(.c) void,
        types,
        "[static]response-outparam.set",
    );
    const bodyWrite = imported(fn (i32, *HandleResult) callconv(.c) void, types, "[method]outgoing-body.write");
    const bodyFinish = imported(fn (i32, i32, i32, Memory) callconv(.c) void, types, "[static]outgoing-body.finish");
    const streamRead = imported(
        fn (i32, i64, *ListResult) callconv(.c) void,
        streams,
        "[method]input-stream.blocking-read",
    );
    const streamWrite = imported(
        fn (i32, Text, usize, Memory) callconv(.c) void,
        streams,
        "[method]output-stream.blocking-write-and-flush",
    );
    const inputDrop = imported(fn (i32) callconv(.c) void, streams, "[resource-drop]input-stream");
    const outputDrop = imported(fn (i32) callconv(.c) void, streams, "[resource-drop]output-stream");
};
