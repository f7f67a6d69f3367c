// Keeps a new question in view, and gives the messages and the question box words that they lack.
const words = document.querySelector(".hd-panel").dataset;
const SHOWN = 0.4; // of the conversation's height: how much of a long question stays in view above its answer
let questions = 0;

// A new question goes to the top, and its answer grows below it; from then on scrolling is the reader's.
function place() {
  const rows = document.querySelectorAll("#hd-messages .user-row");
  const scroller = document.querySelector("#hd-messages .bubble-wrap");
  if (scroller && rows.length && rows.length !== questions) {
    const row = rows[rows.length - 1].getBoundingClientRect();
    const top = row.top - scroller.getBoundingClientRect().top;
    scroller.scrollTop += Math.max(top, top + row.height - scroller.clientHeight * SHOWN);
  }
  questions = rows.length;
}

// Gradio labels each message with its HTML source, and drops the labels of links: give readers of labels words instead.
function label() {
  const log = document.querySelector("#hd-messages [role=log]");
  if (!log) return;
  if (log.ariaLabel !== words.chat) log.ariaLabel = words.chat;
  log.querySelectorAll("[data-testid][aria-label]").forEach((message) => message.removeAttribute("aria-label"));
  log.querySelectorAll("a:is(.hd-cite, .hd-ref):not([aria-label])").forEach((link) => (link.ariaLabel = link.title));
}

// A question typed while another is answered waits in the box: say so when it is sent in vain.
const busy = document.createElement("div");
busy.id = "hd-busy";
busy.setAttribute("role", "status");

function answering() {
  return document.querySelector("#hd-question .stop-button") !== null;
}

document.addEventListener("keydown", (event) => {
  const sent = event.key === "Enter" && !event.shiftKey && !event.isComposing && event.target.closest("#hd-question");
  if (!sent || !event.target.value.trim() || !answering()) return;
  sent.after(busy);
  busy.textContent = words.busy;
});

let waiting = false;
new MutationObserver(() => {
  if (waiting) return;
  waiting = true;
  requestAnimationFrame(() => {
    waiting = false;
    place();
    label();
    if (busy.textContent && !answering()) busy.textContent = "";
  });
}).observe(document.body, { childList: true, subtree: true, attributes: true, attributeFilter: ["aria-label"] });
