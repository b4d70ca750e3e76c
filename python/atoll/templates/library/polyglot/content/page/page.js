// The id has no characters that mean something in HTML, and the text has been looked at already.
export const pages = {
  page({ id, html }) {
    return `<!doctype html>\n<article id="${id}">\n${html}</article>\n`;
  },
};
