declare const self: ServiceWorkerGlobalScope;

self.addEventListener("fetch", (event) => event.respondWith(handle(event.request)));

// Each request has a sandbox of its own: nothing stays in memory from one to the next.
async function handle(request: Request): Promise<Response> {
  const { pathname } = new URL(request.url);
  return Response.json({ hello: "TypeScript", path: pathname });
}

export {};
