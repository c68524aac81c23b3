/**
 * Every text of the page comes from one place, strings.json, and so does what is put into it.
 *
 * @typedef {(name: string, values?: Record<string, string | number>) => string} Say
 */

/** A function that gives a text by its name, with values in the places that have their names in braces.
 * @param {Record<string, string>} texts
 * @returns {Say} */
export function speaker(texts) {
  return (name, values = {}) => {
    if (!(name in texts)) throw new Error(`the page has no text called ${name}`);
    return texts[name].replace(/\{(\w+)\}/g, (_, place) => String(values[place]));
  };
}

/** A number as the language of the page writes it.
 * @param {Say} say
 * @param {number} value
 * @param {Intl.NumberFormatOptions} [options]
 * @returns {string} */
export function number(say, value, options) {
  return new Intl.NumberFormat(say("language"), options).format(value);
}

const SMALLEST = 1e-4; // a probability that is written out

/** A probability with as many digits as tell something.
 * @param {Say} say
 * @param {number} value
 * @returns {string} */
export function percent(say, value) {
  if (value > 0 && value < SMALLEST) return `<\u2009${percent(say, SMALLEST)}`;
  const digits = value >= 0.1 ? 0 : value >= 0.01 ? 1 : 2;
  return number(say, value, { style: "percent", minimumFractionDigits: digits, maximumFractionDigits: digits });
}

/** A token as it can be seen when it stands alone: a space in front is a dot, a new line an arrow.
 * @param {string} text
 * @returns {string} */
export function visible(text) {
  return text.replace(/^ /, "·").replace(/\n/g, "↵").replace(/\t/g, "→") || "·";
}
