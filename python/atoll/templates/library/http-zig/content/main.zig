const std = @import("std");
const http = @import("http.zig");

/// Answers one request. Each has a sandbox of its own, so nothing stays in memory from one to the next.
pub fn handle(request: http.Request) !http.Response {
    const text = try std.fmt.allocPrint(http.allocator, "Hello from Zig: {s} {s}\n", .{ request.method, request.path });
    return .{ .body = text };
}

comptime {
    http.serve(handle);
}
