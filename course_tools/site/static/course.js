// @ts-check
// The keyboard reaches what scrolls: a box that is wider than its place can be focused, and only then.

const SCROLLERS = ".scrolls, .bd-article pre, .bd-article table, .bd-article .cell_output .output";

/** @param {Element} box */
function letTheKeyboardScroll(box) {
  if (box.scrollWidth > box.clientWidth + 1) {
    box.setAttribute("tabindex", "0");
  } else {
    box.removeAttribute("tabindex");
  }
}

const sizes = new ResizeObserver((entries) => entries.forEach((entry) => letTheKeyboardScroll(entry.target)));
document.querySelectorAll(SCROLLERS).forEach((box) => sizes.observe(box));
