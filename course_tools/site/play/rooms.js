// @ts-check
/* A model to walk through: what each room does, and where the parameters sit as it grows. Lesson 07, section 5. */

/** @typedef {{vocabulary: number, length: number, width: number, blocks: number}} Size  V, T, C and L */

/** The parameters of each room of a GPT without biases but the norms', all blocks together.
 * @type {(size: Size) => Record<string, number>} */
export function parameters({ vocabulary, length, width, blocks }) {
  return {
    token_embedding: vocabulary * width,
    position_embedding: length * width,
    norm_1: blocks * 2 * width,
    attention: blocks * 4 * width * width,
    norm_2: blocks * 2 * width,
    mlp: blocks * 8 * width * width,
    final_norm: 2 * width,
    head: 0, // the token embedding's table once more
  };
}

/** @type {(name: string, value: string | undefined, least: number, most: number, step: number) => HTMLInputElement} */
function slider(name, value, least, most, step) {
  const input = document.createElement("input");
  Object.assign(input, { type: "range", min: String(least), max: String(most), step: String(step), name });
  input.value = value ?? String(least);
  return input;
}

/** Fill a box that holds the rooms as a list. @param {HTMLElement} box */
export function play(box) {
  const list = /** @type {HTMLElement} */ (box.querySelector("ol"));
  const rooms = /** @type {HTMLElement[]} */ ([...list.querySelectorAll("li")]);
  const width = slider("width", box.dataset.width, 20, 1000, 20);
  const blocks = slider("blocks", box.dataset.blocks, 1, 48, 1);
  const says = document.createElement("p");
  says.setAttribute("role", "status");
  let here = 0;

  const show = () => {
    const counts = parameters({
      vocabulary: Number(box.dataset.vocabulary),
      length: Number(box.dataset.length),
      width: Number(width.value),
      blocks: Number(blocks.value),
    });
    const total = Object.values(counts).reduce((a, b) => a + b, 0);
    rooms.forEach((room, i) => {
      const count = counts[room.dataset.name ?? ""];
      room.style.setProperty("--share", String(count / total));
      room.setAttribute("aria-checked", String(i === here));
      room.tabIndex = i === here ? 0 : -1;
      const number = room.querySelector(".count");
      if (number) number.textContent = count.toLocaleString("en");
      const times = room.querySelector(".times");
      if (times) times.textContent = `× ${blocks.value}`;
    });
    for (const input of [width, blocks]) {
      if (input.nextElementSibling) input.nextElementSibling.textContent = input.value;
    }
    const share = (100 * counts[rooms[here].dataset.name ?? ""]) / total;
    const name = rooms[here].querySelector("b")?.textContent;
    says.textContent = `${total.toLocaleString("en")} parameters, ${share.toFixed(1)}\u00a0% of them in: ${name}.`;
  };

  /** @type {(place: number) => void} */
  const go = (place) => {
    here = Math.min(Math.max(place, 0), rooms.length - 1);
    show();
  };

  list.setAttribute("role", "radiogroup");
  list.setAttribute("aria-label", "The room that is looked at");
  rooms.forEach((room, i) => {
    room.setAttribute("role", "radio");
    for (const event of ["pointerenter", "focus", "click"]) room.addEventListener(event, () => go(i));
  });
  list.addEventListener("keydown", (event) => {
    const way = { ArrowUp: here - 1, ArrowLeft: here - 1, ArrowDown: here + 1, ArrowRight: here + 1 }[event.key];
    if (way === undefined) return;
    event.preventDefault();
    go(way);
    rooms[here].focus();
  });

  const controls = document.createElement("div");
  controls.className = "controls";
  for (const input of [width, blocks]) {
    const label = document.createElement("label");
    label.append(`${input.name} `, input, document.createElement("output"));
    input.addEventListener("input", show);
    controls.append(label);
  }
  box.prepend(controls);
  box.append(says);
  show();
}
