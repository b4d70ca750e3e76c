import { Request, Response } from "./http";

// Answers one request. Each has a sandbox of its own, so nothing stays in memory from one to the next.
export function handle(request: Request): Response {
  return new Response(`Hello from AssemblyScript: ${request.method} ${request.path}\n`);
}
