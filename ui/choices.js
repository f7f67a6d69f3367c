// How questions are answered: what is chosen is the value of this component. Runs with its `element` and `props`.
const KEPT = ["mode", "caution"]; // for the next visit; what the articles are limited to holds for this page alone
const KEY = "hoidap-choices";
const form = () => element.querySelector(".hd-choices");
const words = JSON.parse(form().dataset.words);
const chosen = { articles: {}, replaces: "", offered: "" };

function kept() {
  try {
    return JSON.parse(localStorage.getItem(KEY)) ?? {};
  } catch {
    return {};
  }
}

function keep() {
  try {
    localStorage.setItem(KEY, JSON.stringify(Object.fromEntries(KEPT.map((name) => [name, chosen[name]]))));
  } catch {
    // A browser that keeps nothing begins with the settings each time.
  }
}

function read() {
  for (const field of form().elements) if (field.name) chosen[field.name] = field.value;
}

function chip(name, remove) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "hd-chip";
  button.textContent = `${name} ×`;
  button.ariaLabel = words.filter_remove.replace("{name}", name);
  button.addEventListener("click", remove);
  return button;
}

function cleared(field) {
  return () => {
    form().elements[field].value = "";
    changed();
  };
}

// A day as the page writes it.
function day(iso) {
  const [year, month, number] = iso.split("-");
  if (document.documentElement.lang === "vi") return `${number}/${month}/${year}`;
  return `${Number(number)} ${new Date(iso).toLocaleDateString("en", { month: "short", timeZone: "UTC" })} ${year}`;
}

// What limits the articles is shown for as long as it holds.
function chips() {
  const shown = [];
  if (chosen.since) shown.push(chip(`${words.filter_since} ${day(chosen.since)}`, cleared("since")));
  if (chosen.until) shown.push(chip(`${words.filter_until} ${day(chosen.until)}`, cleared("until")));
  if (chosen.language) {
    const named = form().elements.language.selectedOptions[0].textContent;
    shown.push(chip(`${words.filter_language}: ${named}`, cleared("language")));
  }
  for (const [id, title] of Object.entries(chosen.articles)) {
    shown.push(
      chip(`${words.filter_article} “${title}”`, () => {
        delete chosen.articles[id];
        changed();
      }),
    );
  }
  if (chosen.replaces) shown.push(chip(words.editing, () => choose({ replaces: "", offered: "" })));
  form().querySelector(".hd-chips").replaceChildren(...shown);
}

function tell() {
  const value = JSON.stringify(chosen);
  if (props.value !== value) props.value = value;
}

function changed() {
  read();
  keep();
  chips();
  tell();
}

function choose(changes) {
  Object.assign(chosen, changes);
  changed();
}

const before = kept();
for (const name of KEPT) {
  const field = form().elements[name];
  if (field && [...field.options].some((option) => option.value === before[name])) field.value = before[name];
}
element.addEventListener("change", changed);
element.addEventListener("submit", (event) => event.preventDefault());
document.addEventListener("hd-choose", (event) => choose(event.detail));
// What is set as the page is made is set back by Gradio to what the server said.
for (const moment of ["focusin", "input"]) document.addEventListener(moment, tell);
setTimeout(tell, 500);
document.addEventListener("hd-asked", () => choose({ replaces: "", offered: "" }));
changed();
