// Keeps a new question in view, and gives the messages and the question box words that they lack.
const SHOWN = 0.4; // of the conversation's height: how much of a long question stays in view above its answer
let questions = 0;
let wasAnswering = false;

// A new question goes to the top, and its answer grows below it; from then on scrolling is the reader's.
function place() {
  const rows = document.querySelectorAll("#hd-messages .user-row");
  const scroller = document.querySelector("#hd-messages .bubble-wrap");
  if (scroller && rows.length && rows.length !== questions) {
    const linked = questions === 0 && linkedRow();
    const row = (linked || rows[rows.length - 1]).getBoundingClientRect();
    const top = row.top - scroller.getBoundingClientRect().top;
    scroller.scrollTop += Math.max(top, top + row.height - scroller.clientHeight * SHOWN);
  }
  questions = rows.length;
}

// The question of the answer that the address names.
function linkedRow() {
  const id = location.hash.startsWith("#answer-") ? location.hash.slice("#answer-".length) : "";
  const action = id && document.querySelector(`#hd-messages a[href="#copy-${CSS.escape(id)}"]`);
  let row = action && action.closest(".message-row");
  while (row && !row.matches(".user-row")) row = row.previousElementSibling;
  return row;
}

// Gradio labels each message with its HTML source, and drops the labels of links: give readers of labels words instead.
function label() {
  const log = document.querySelector("#hd-messages [role=log]");
  if (!log) return;
  if (log.ariaLabel !== words.chat_label) log.ariaLabel = words.chat_label;
  log.querySelectorAll("[data-testid][aria-label]").forEach((message) => message.removeAttribute("aria-label"));
  log.querySelectorAll("a:is(.hd-cite, .hd-ref):not([aria-label])").forEach((link) => (link.ariaLabel = link.title));
  log.querySelectorAll("a.hd-do:not([role])").forEach((link) => link.setAttribute("role", "button"));
}

function follow() {
  const now = answering();
  if (now === wasAnswering) return;
  wasAnswering = now;
  document.body.classList.toggle("hd-answering", now);
  document.dispatchEvent(new Event(now ? "hd-asked" : "hd-answered"));
  if (!now && remark.textContent === words.busy) remark.textContent = "";
}

document.addEventListener("hd-shown", () => requestAnimationFrame(follow));

// A question typed while another is answered waits in the box: say so when it is sent in vain.
document.addEventListener("keydown", (event) => {
  const sent = event.key === "Enter" && !event.shiftKey && !event.isComposing && event.target.closest("#hd-question");
  if (sent && event.target.value.trim() && answering()) say(words.busy, 600);
});

let waiting = false;
new MutationObserver(() => {
  if (waiting) return;
  waiting = true;
  requestAnimationFrame(() => {
    waiting = false;
    follow();
    place();
    label();
  });
}).observe(document.body, { childList: true, subtree: true, attributes: true, attributeFilter: ["aria-label"] });
