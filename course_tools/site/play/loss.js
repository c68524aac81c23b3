// @ts-check
/* A loss curve to play with: at each step, how far it is to the floor. Lesson 11, section 9. */

/**
 * @typedef {object} Log
 * @property {number[]} losses  nats per token, a mean of `every` steps each
 * @property {number} every
 * @property {number} tokens  of the whole run
 * @property {number} floor  nats per token that no model can stay below
 * @property {number} vocabulary  how many tokens there are: who knows nothing has a loss of its logarithm
 *
 * @typedef {object} Reading
 * @property {number} step
 * @property {number} tokens  read until then
 * @property {number} loss
 * @property {number} above  the floor
 * @property {number} times  the floor's perplexity
 * @property {number} way  gone from knowing nothing to the floor, in percent
 */

/** What the log says at one of its means. @type {(log: Log, place: number) => Reading} */
export function reading(log, place) {
  const loss = log.losses[place];
  const above = loss - log.floor;
  const nothing = Math.log(log.vocabulary);
  return {
    step: log.every * (place + 1),
    tokens: (log.tokens * (place + 1)) / log.losses.length,
    loss,
    above,
    times: Math.exp(above),
    way: (100 * (nothing - loss)) / (nothing - log.floor),
  };
}

/** The place of a mean that is a share of the way along a log axis, 0 to 1. @type {(share: number, count: number) => number} */
export function placeOf(share, count) {
  return Math.min(count, Math.max(1, Math.round(count ** share))) - 1;
}

/** @type {(name: string, attributes: Record<string, string>) => SVGElement} */
function drawn(name, attributes) {
  const shape = /** @type {SVGElement} */ (document.createElementNS("http://www.w3.org/2000/svg", name));
  for (const [key, value] of Object.entries(attributes)) shape.setAttribute(key, value);
  return shape;
}

/** Fill a box that holds the curve twice: the loss, and its distance to the floor. @param {HTMLElement} box */
export function play(box) {
  /** @type {Log} */
  const log = {
    losses: JSON.parse(box.dataset.losses ?? "[]"),
    every: Number(box.dataset.every),
    tokens: Number(box.dataset.tokens),
    floor: Number(box.dataset.floor),
    vocabulary: Number(box.dataset.vocabulary),
  };
  const curves = /** @type {SVGSVGElement[]} */ ([...box.querySelectorAll(".curve")]);
  const marks = curves.map((curve) => {
    const mark = drawn("circle", { r: "5", class: "mark" });
    curve.append(mark);
    return mark;
  });
  const slider = document.createElement("input");
  Object.assign(slider, { type: "range", min: "0", max: "1", step: "0.01", name: "step" });
  slider.value = "0.6";
  const distance = document.createElement("input");
  Object.assign(distance, { type: "checkbox", name: "distance" });
  const says = document.createElement("p");
  says.setAttribute("role", "status");

  const show = () => {
    const place = placeOf(Number(slider.value), log.losses.length);
    const { step, tokens, loss, above, times, way } = reading(log, place);
    curves.forEach((curve, i) => {
      curve.toggleAttribute("hidden", (i === 1) !== distance.checked);
      const point = /** @type {SVGPolylineElement} */ (curve.querySelector("polyline")).points.getItem(place);
      marks[i].setAttribute("cx", String(point.x));
      marks[i].setAttribute("cy", String(point.y));
    });
    const count = step.toLocaleString("en");
    slider.setAttribute("aria-valuetext", `step ${count}`);
    if (slider.nextElementSibling) slider.nextElementSibling.textContent = count;
    says.textContent =
      `After ${count} steps, ${(tokens / 1e6).toFixed(1)} million tokens: a loss of ${loss.toFixed(2)}, ` +
      `${above.toFixed(2)} nats per token above the floor. Its perplexity is ${times.toPrecision(3)} times ` +
      `the floor's, and ${way.toFixed(1)}\u00a0% of the way from ln V is done.`;
  };

  const controls = document.createElement("div");
  controls.className = "controls";
  const labels = [document.createElement("label"), document.createElement("label")];
  labels[0].append("step ", slider, document.createElement("output"));
  labels[1].append(distance, " distance to the floor, on a log axis");
  controls.append(...labels);
  slider.addEventListener("input", show);
  distance.addEventListener("change", show);
  box.prepend(controls);
  box.append(says);
  show();
}
