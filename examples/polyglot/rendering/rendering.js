const entities = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };
const escaped = (text) => text.replace(/[&<>"']/g, (character) => entities[character]);

export const rendering = {
  page({ name, score, rank }) {
    const percent = (score * 100).toFixed(1);
    return `<!doctype html><title>${escaped(name)}</title><h1>Welcome, ${escaped(name)}!</h1><p>${rank}, ${percent} %</p>\n`;
  },
};
