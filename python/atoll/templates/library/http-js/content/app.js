addEventListener("fetch", (event) => event.respondWith(handle(event.request)));

// Each request has a sandbox of its own: nothing stays in memory from one to the next.
async function handle(request) {
  const { pathname } = new URL(request.url);
  return Response.json({ hello: "JavaScript", path: pathname });
}
