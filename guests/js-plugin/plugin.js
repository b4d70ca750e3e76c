// The engine has no tables of Unicode, and thus no String.normalize: western letters are named here.
const LETTERS = {
  a: "àáâãäå", ae: "æ", c: "ç", e: "èéêë", i: "ìíîï", n: "ñ", o: "òóôõöø", ss: "ß", u: "ùúûü", y: "ýÿ",
};
const PLAIN = new Map(Object.entries(LETTERS).flatMap(([plain, accented]) => [...accented].map((one) => [one, plain])));

export const slug = {
  slugify(text) {
    const plain = [...text.toLowerCase()].map((letter) => PLAIN.get(letter) ?? letter).join("");
    return plain.replace(/[^a-z0-9]+/g, "-").replace(/^-|-$/g, "");
  },

  parse(query) {
    return [...new URLSearchParams(query)];
  },
};
