// The panel beside the conversation: opens the source of a citation, wherever in the page its link is.
const panel = () => document.querySelector("#hd-side .hd-panel");
const scroller = () => panel().querySelector(".hd-scroll");
const STEP = "#hd-messages a[href^='#cite-']";
let opener = null; // the link that was pressed last
let wanted = ""; // what it refers to

function reveal() {
  document.body.classList.add("hd-open");
  // A step of history, so that going back on a phone leaves the source and not the conversation.
  if (overlaid.matches && !history.state?.source) history.pushState({ ...history.state, source: true }, "");
  toMark();
}

function toMark() {
  const mark = panel().querySelector("#hd-target");
  if (mark && !panel().querySelector(".hd-page")) {
    const offset = mark.getBoundingClientRect().top - scroller().getBoundingClientRect().top;
    scroller().scrollTop += offset - scroller().clientHeight / 3;
  } else {
    scroller().scrollTop = 0;
  }
  (mark || scroller()).focus({ preventScroll: true });
}

// Where the page of a file cannot be drawn, that is said, and the text is shown as of any other article.
document.addEventListener("error", (event) => {
  const page = event.target.closest?.(".hd-page");
  if (!page) return;
  page.nextElementSibling.hidden = false;
  page.remove();
  toMark();
}, true);

function hide() {
  if (!document.body.classList.contains("hd-open")) return;
  document.body.classList.remove("hd-open");
  wanted = "";
  unmark();
  if (opener?.isConnected) opener.focus({ preventScroll: true });
}

function close() {
  document.body.classList.remove("hd-nav-open");
  hide();
  if (history.state?.source) history.back();
}

function entitle(what, name) {
  panel().dataset.shows = what;
  panel().ariaLabel = name;
  panel().querySelector(".hd-panel-name").textContent = name;
}

function unmark() {
  document.querySelectorAll(".hd-current").forEach((other) => other.classList.remove("hd-current"));
}

// The markers of the answer that a link is of, each once, in order.
function markers(reference) {
  const prefix = reference.slice(0, reference.lastIndexOf("-") + 1);
  const all = [...document.querySelectorAll(STEP)].map((link) => link.getAttribute("href").slice(1));
  const numbers = all.filter((each) => each.startsWith(prefix)).map((each) => Number(each.slice(prefix.length)));
  return [...new Set(numbers)].sort((one, two) => one - two).map((number) => prefix + number);
}

async function open(reference) {
  wanted = reference;
  unmark();
  document.querySelectorAll(`a[href="#${CSS.escape(reference)}"]`).forEach((link) => link.classList.add("hd-current"));
  const [, exchange, marker] = reference.match(/^cite-(.+)-(\d+)$/) ?? [];
  const path = `answers/${encodeURIComponent(known())}/${encodeURIComponent(exchange)}/source/${marker}`;
  const answer = await fetched(path);
  const html = answer && (await answer.text());
  if (!answer || wanted !== reference) return; // another was pressed meanwhile
  panel().dataset.reference = reference;
  entitle("source", words.panel_label);
  scroller().innerHTML = html;
  step(0);
  reveal();
}

// One citation on or back; with 0 only what the arrows can do is said.
function step(by) {
  const all = markers(panel().dataset.reference ?? "");
  const place = all.indexOf(panel().dataset.reference);
  panel().querySelector(".hd-steps").hidden = all.length < 2;
  panel().querySelector(".hd-place").textContent = `${place + 1}/${all.length}`;
  panel().querySelectorAll(".hd-step").forEach((button) => (button.disabled = !all[place + Number(button.dataset.step)]));
  if (by && all[place + by]) open(all[place + by]);
}

function shows(what) {
  return document.body.classList.contains("hd-open") && panel().dataset.shows === what;
}

document.addEventListener("click", (event) => {
  if (event.target.closest(".hd-close")) return close();
  const button = event.target.closest(".hd-step");
  if (button) return step(Number(button.dataset.step));
  const link = event.target.closest('a[href^="#cite-"]');
  if (!link) return;
  event.preventDefault();
  opener = link;
  open(link.getAttribute("href").slice(1));
});

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && !document.querySelector("dialog[open]")) close();
  const typed = event.target.closest?.("input, textarea, select");
  if (typed || event.altKey || event.ctrlKey || event.metaKey || !shows("source")) return;
  if (event.key === "ArrowLeft") step(-1);
  if (event.key === "ArrowRight") step(1);
});

addEventListener("popstate", (event) => {
  if (event.state?.source && panel().dataset.reference) document.body.classList.add("hd-open");
  else hide();
});

if (history.state?.source) history.back(); // the page was loaded anew while a source lay over it

// The source that was open is that of the question before.
document.addEventListener("hd-asked", () => {
  if (!shows("source")) return;
  opener = null;
  close();
});
