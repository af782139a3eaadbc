// Tokens as they are drawn: each once, whatever it is; what cannot be seen gets a sign.

/** @type {Record<string, string>} */
const SIGNS = { "\n": "↵", "\r": "␍", "\t": "⇥", "\u00a0": "⍽", "\u007f": "␡" };
const MOST = 40;

/** @param {string} letter */
function visible(letter) {
  const code = /** @type {number} */ (letter.codePointAt(0));
  if (SIGNS[letter]) return SIGNS[letter];
  if (code < 32) return String.fromCodePoint(0x2400 + code);
  if (/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Co}]/u.test(letter)) return "[" + code.toString(16).toUpperCase().padStart(4, "0") + "]";
  return letter;
}

/** What is drawn for a token; `spaces` shows a space as a sign, too. @param {string} token @param {boolean} [spaces] */
export function glyphs(token, spaces = false) {
  if (token === "") return "∅";
  const letters = Array.from(token.length > 4 * MOST ? token.slice(0, 4 * MOST) : token);
  const joined = letters.length > 1 && /[\u200d\ufe0f]/.test(token) && /\p{Emoji}/u.test(token);
  let text = joined ? token.slice(0, 4 * MOST) : letters.slice(0, MOST).map(visible).join("");
  if (/^\p{M}/u.test(text)) text = "◌" + text;
  if (spaces) text = text.replace(/ /g, "␣");
  return letters.length > MOST || token.length > 4 * MOST ? text + "…" : text;
}

/** A token in words, for those who hear it. @param {string} token */
export function spoken(token) {
  return { " ": "space", "\n": "newline", "\t": "tab", "": "empty" }[token] || glyphs(token);
}

/** Lines of tokens no wider than `width`; a token that holds a newline ends its line.
 * @param {string[]} tokens @param {(token: string) => number} measure @param {number} width @returns {Int32Array} where each line begins, and the end
 */
export function breakLines(tokens, measure, width) {
  const starts = [0];
  let used = 0;
  let space = -1;
  for (let at = 0; at < tokens.length; at++) {
    const size = measure(tokens[at]);
    const start = starts[starts.length - 1];
    if (used + size > width && at > start) {
      const cut = space > start && at - space < 40 ? space : at;
      starts.push(cut);
      used = 0;
      for (let back = cut; back < at; back++) used += measure(tokens[back]);
    }
    used += size;
    if (/\s$/.test(tokens[at])) space = at + 1;
    if (tokens[at].includes("\n") && at + 1 < tokens.length) {
      starts.push(at + 1);
      used = 0;
    }
  }
  starts.push(tokens.length);
  return Int32Array.from(starts);
}

/** Lines of `across` tokens each. @param {number} count @param {number} across */
export function evenLines(count, across) {
  const each = Math.max(1, across);
  return Int32Array.from({ length: Math.ceil(count / each) + 1 }, (_, line) => Math.min(count, line * each));
}

/** Every place where the joined text holds `query`, as [first, last] steps. @param {string[]} tokens @param {string} query */
export function search(tokens, query) {
  /** @type {[number, number][]} */
  const found = [];
  if (!query) return found;
  const starts = new Int32Array(tokens.length + 1);
  for (let t = 0; t < tokens.length; t++) starts[t + 1] = starts[t] + tokens[t].length;
  const text = tokens.join("");
  let token = 0;
  for (let at = text.indexOf(query); at >= 0; at = text.indexOf(query, at + 1)) {
    while (starts[token + 1] <= at) token++;
    let last = token;
    while (starts[last + 1] < at + query.length) last++;
    found.push([token, last]);
  }
  return found;
}
