addEventListener("fetch", (event) => event.respondWith(hello(event.request)));

function hello(request) {
  const { pathname } = new URL(request.url);
  return Response.json({ hello: pathname });
}
