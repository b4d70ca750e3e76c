addEventListener("fetch", (event) => event.respondWith(answer(event.request)));

async function answer(request) {
  const { pathname } = new URL(request.url);
  if (pathname === "/echo") return new Response(request.body);
  if (pathname === "/throw") throw new Error("as asked");
  return new Response("Hello from JavaScript\n", { headers: { "content-type": "text/plain" } });
}
