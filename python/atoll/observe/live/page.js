(() => {
  const mark = Symbol.for("atoll.live");
  const isHeard = (page) => { try { return page[mark] } catch { return false } };
  if (isHeard(window) || (parent !== window && isHeard(parent))) return;
  window[mark] = true;

  const FIRST = 250, LONGEST = 5000, STORED = "atoll.live";
  let source, timer, delay = FIRST, waiting = false;
  let failed = null, building = false, dismissed = false, root;

  function connect() {
    if (source || document.hidden) return;
    clearTimeout(timer);
    source = new EventSource(`SCHEME://${location.hostname}:PORT/events`);
    const on = (name, act) => source.addEventListener(name, (event) => act(JSON.parse(event.data)));
    on("hello", (now) => {
      delay = FIRST;
      const [event, words] = now.event ?? [];
      building = event === "building";
      if (event !== "failed") failed = null;
      else if (words !== failed) fail(words);
      show();
      if (isOlder(now)) reloadWhenServed(now.generation);
    });
    on("reload", reload);
    on("building", () => { building = true; show() });
    on("failed", (words) => { building = false; fail(words); show() });
    source.onerror = () => {
      leave();
      timer = setTimeout(connect, delay);
      delay = Math.min(delay * 2, LONGEST);
    };
  }

  function fail(words) {
    failed = words;
    dismissed = false;
  }

  function leave() {
    source?.close();
    source = null;
    building = false;
    show();
  }

  // Which generation this tab heard of last, and since when its pages are of it: 0 if it has heard of no other.
  function isOlder({ generation, age }) {
    const [known, since] = stored();
    const isKnown = known === generation;
    if (isFromCache() && (isKnown ? since > 0 : known)) return true;
    if (isKnown && since > 0) return performance.timeOrigin + 500 < since;
    if (Date.now() - performance.timeOrigin > age) return true;
    if (!isKnown) store(generation, known ? performance.timeOrigin : 0);
    return false;
  }

  // Going back, browsers show what they have kept, whenever that was made.
  function isFromCache() {
    const [entry] = performance.getEntriesByType("navigation");
    return entry?.type === "back_forward" && entry.transferSize === 0;
  }

  function stored() {
    try { return JSON.parse(sessionStorage.getItem(STORED)) ?? [] } catch { return [] }
  }

  function store(...known) {
    try { sessionStorage.setItem(STORED, JSON.stringify(known)) } catch {}
  }

  function reload(generation) {
    store(generation, Date.now());
    location.reload();
  }

  // Whoever tells of the change may be there before the app is.
  async function reloadWhenServed(generation) {
    if (waiting) return;
    waiting = true;
    for (let pause = FIRST; !(await isServed()); pause = Math.min(pause * 2, LONGEST))
      await new Promise((resume) => setTimeout(resume, pause));
    waiting = false;
    reload(generation);
  }

  async function isServed() {
    try { return Boolean(await fetch(location.href, { method: "HEAD", cache: "no-store", redirect: "manual" })) } catch { return false }
  }

  function show() {
    const text = failed !== null && !dismissed ? failed : null;
    if (!root && text === null && !building) return;
    root ??= made();
    root.querySelector("section").hidden = text === null;
    root.querySelector("pre").textContent = text ?? "";
    root.querySelector("output").hidden = !building;
  }

  function made() {
    const host = document.createElement("atoll-live");
    document.documentElement.append(host);
    const shadow = host.attachShadow({ mode: "open" });
    shadow.innerHTML = `<style>
      :host { all: initial; color-scheme: light dark }
      [hidden] { display: none !important }
      * { font: 15px/1.5 system-ui, sans-serif; box-sizing: border-box }
      section, output { position: fixed; z-index: 2147483647; color: light-dark(#1b2126, #e6eaed); background: light-dark(#fff, #1c2126) }
      section { inset: 0; overflow: auto; padding: 40px max(20px, calc(50vw - 512px)); border-top: 5px solid light-dark(#b42318, #ff9088) }
      header { display: flex; gap: 16px; align-items: baseline; justify-content: space-between }
      strong { font-size: 23px; font-weight: 700; color: light-dark(#b42318, #ff9088) }
      p { margin: 3px 0 19px; color: light-dark(#5d6870, #98a4ad) }
      pre { margin: 0; padding: 16px; overflow-x: auto; tab-size: 4; border-radius: 6px; background: light-dark(#f5f6f7, #14171a); font: 13px/1.55 ui-monospace, "SF Mono", Menlo, Consolas, monospace }
      button { color: inherit; background: none; border: 1px solid currentColor; border-radius: 6px; padding: 3px 13px; cursor: pointer }
      output { right: 16px; bottom: 16px; padding: 6px 14px; border-radius: 32px; border: 1px solid currentColor }
    </style>
    <section role="alert" hidden>
      <header><strong>The last change failed</strong><button type="button">Show the page</button></header>
      <p>The page is of the app as it was before. It loads anew with the next change that goes well.</p>
      <pre></pre>
    </section>
    <output hidden>building\u2026</output>`;
    const dismiss = () => { dismissed = true; show() };
    shadow.querySelector("button").onclick = dismiss;
    addEventListener("keydown", (event) => { if (event.key === "Escape" && failed !== null && !dismissed) dismiss() });
    return shadow;
  }

  document.addEventListener("visibilitychange", () => document.hidden ? leave() : connect());
  addEventListener("pagehide", leave);
  addEventListener("pageshow", connect);
  connect();
})();
