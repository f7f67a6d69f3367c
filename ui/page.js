// What the other scripts of the page share. Runs once, with `element`, `trigger` and `watch` of the bridge to Gradio.
const language = element.querySelector(".hd-words").dataset.language;
const words = JSON.parse(element.querySelector(".hd-words").dataset.words);
const base = new URL(`../page/${language}/`, location.href).href;
const overlaid = matchMedia("(max-width: 800px)"); // as in the style: the panel lies over the conversation

document.documentElement.lang = language;

// The id of the conversation that is shown, "" before its first question.
function known() {
  return element.querySelector(".hd-words").dataset.known;
}

// The conversation that the address names is shown first: until then nothing is asked here. Nothing at all is loaded
// otherwise, for Gradio loses what is asked while it ends a call, and a reader may type at once.
const named = new URLSearchParams(location.search).get("c");
let loading = Boolean(named);

function answering() {
  return loading || document.querySelector("#hd-question .stop-button") !== null;
}

// A remark under the question box, for a while.
const remark = document.createElement("div");
remark.id = "hd-busy";
remark.setAttribute("role", "status");
let remarked = 0;
function say(text, seconds = 6) {
  document.querySelector("#hd-question")?.after(remark);
  remark.textContent = text;
  clearTimeout(remarked);
  remarked = setTimeout(() => (remark.textContent = ""), seconds * 1000);
}

// What the server says to a request of ours; null, and a remark, when it says no or nothing.
async function fetched(path, options) {
  try {
    const answer = await fetch(base + path, options);
    if (answer.ok) return answer;
    const text = await answer.text();
    say((text.startsWith("{") ? String(JSON.parse(text).detail) : text).slice(0, 300) || answer.statusText);
  } catch {
    say(words.offline);
  }
  return null;
}

function posted(path, body = {}) {
  return fetched(path, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });
}

// Fills a place of the page with HTML that the server made, in which all texts are escaped.
async function fill(place, path) {
  const answer = await fetched(path);
  if (answer && place) place.innerHTML = await answer.text();
  return answer !== null;
}

function choose(changes) {
  document.dispatchEvent(new CustomEvent("hd-choose", { detail: changes }));
}

function typeIn(question) {
  const box = document.querySelector("#hd-question textarea");
  box.value = question;
  box.dispatchEvent(new Event("input", { bubbles: true }));
  box.focus();
}

// Asks past the box: a question of its own, or the last one again in another way.
function askAgain(data) {
  if (answering()) return say(words.busy);
  trigger("again", data);
}

function show() {
  const box = document.querySelector("#hd-question textarea");
  const focused = box === document.activeElement;
  box.inert = true;
  document.addEventListener("hd-shown", () => {
    loading = box.inert = false;
    if (focused) box.focus();
  });
  trigger("show", { conversation: named });
}

function refreshHead() {
  fill(document.querySelector(".hd-facts"), "facts");
}

async function start() {
  const place = document.querySelector(".hd-start");
  const add = place.querySelector(".hd-add");
  await fill(place, "start");
  if (add) place.querySelector(".hd-add")?.replaceWith(add); // with what is told of files, or being chosen
  if (place.querySelector("[data-pending]")) setTimeout(() => !shownMessages() && start(), 4000);
}

function shownMessages() {
  return document.querySelector("#hd-messages .message-row") !== null;
}

document.addEventListener("click", (event) => {
  const asked = event.target.closest("[data-ask]");
  if (asked) askAgain({ question: asked.dataset.ask });
});

watch("value", () =>
  requestAnimationFrame(() => {
    // The address carries the conversation, so that a reload, or going back to it, shows it again.
    const address = known() ? `./?c=${encodeURIComponent(known())}` : "./";
    if (new URLSearchParams(location.search).get("c") !== (known() || null)) history.replaceState(history.state, "", address);
    document.dispatchEvent(new Event("hd-conversation"));
  }),
);

document.addEventListener("hd-answered", refreshHead);

// The other parts of the page may come after this one.
function whenThere(act) {
  if ([".hd-facts", ".hd-start", ".hd-search", ".hd-panel", "#hd-question textarea"].every((each) => document.querySelector(each))) act();
  else requestAnimationFrame(() => whenThere(act));
}

whenThere(() => {
  refreshHead();
  fill(document.querySelector(".hd-account"), "account");
  if (loading) show();
  else start();
});
