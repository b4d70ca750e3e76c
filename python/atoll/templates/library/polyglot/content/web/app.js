addEventListener("fetch", (event) => event.respondWith(handle(event.request)));

async function handle(request) {
  const text = new URL(request.url).searchParams.get("text") ?? "# Hello\n\nfrom *three* languages";
  const [html, slug] = await Promise.all([ask("markdown", text), ask("slug", text.split("\n", 1)[0])]);
  const page = `<!doctype html>\n<article id="${slug}">\n${html}</article>\n`;
  return new Response(page, { headers: { "content-type": "text/html; charset=utf-8" } });
}

// A call of another component of this app, which does not leave the process. spin.toml has to allow it.
async function ask(component, text) {
  const response = await fetch(`http://${component}.spin.internal/`, { method: "POST", body: text });
  if (!response.ok) throw new Error(`${component} answered ${response.status}`);
  return response.text();
}
