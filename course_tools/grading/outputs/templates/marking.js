"use strict";
// Marks and comments go into a CSV file that the browser saves: no server, and nothing is sent.
const form = document.getElementById("answers");
const told = document.getElementById("told");
let unsaved = false;

// The points of a mark as it was typed, a number or a sum of numbers; NaN if it is neither.
function points(text) {
  const parts = text.replaceAll(",", ".").split("+").map((part) => part.trim());
  return parts.every((part) => /^(\d+\.?\d*|\.\d+)$/.test(part)) ? parts.reduce((sum, part) => sum + Number(part), 0) : NaN;
}

function fits(input) {
  const typed = input.value.trim();
  const right = typed === "" || points(typed) <= Number(input.dataset.max) + 1e-9;
  input.setAttribute("aria-invalid", String(!right));
  return right;
}

// What was typed since the page was written. What stood there before is in the form already, and may be older than it:
// a file with it would undo what somebody else has entered meanwhile. A box that was emptied changes nothing.
function typed(box) {
  return box.value === box.defaultValue ? "" : box.value.trim();
}

// As RFC 4180 has it; no spreadsheet computes a cell that begins with an apostrophe.
function cell(text, byHand) {
  const guarded = byHand && /^'*(\s*[=+\-@\uff1d\uff0b\uff0d\uff20]|[\t\r])/.test(text) ? `'${text}` : text;
  return `"${guarded.replaceAll('"', '""')}"`;
}

function table() {
  const columns = JSON.parse(form.dataset.columns);
  const rows = [columns.map((name) => cell(name, false))];
  for (const article of form.querySelectorAll("article")) {
    const entered = { mark: typed(article.querySelector(".mark")), comment: typed(article.querySelector(".comment")) };
    for (const line of JSON.parse(article.dataset.lines)) {
      rows.push(columns.map((name) => (name in entered ? cell(entered[name], true) : cell(line[name], false))));
    }
  }
  return "\ufeff" + rows.map((row) => row.join(",") + "\r\n").join("");
}

form.addEventListener("input", (event) => {
  unsaved = true;
  told.textContent = "";
  if (event.target.classList.contains("mark")) fits(event.target);
});
form.addEventListener("submit", (event) => event.preventDefault());
document.getElementById("save").addEventListener("click", () => {
  const wrong = [...form.querySelectorAll(".mark")].filter((input) => !fits(input));
  if (wrong.length) {
    told.textContent = `${wrong[0].value} is not a mark from 0 to ${wrong[0].dataset.max}: nothing was saved`;
    wrong[0].focus();
    return;
  }
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([table()], { type: "text/csv" }));
  link.download = form.dataset.file;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
  unsaved = false;
  told.textContent = `${form.dataset.file} is among your downloads`;
});
window.addEventListener("beforeunload", (event) => {
  if (unsaved) event.preventDefault();
});
