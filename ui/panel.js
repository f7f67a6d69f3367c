// Opens the source of a citation, wherever in the page its link is. Runs once, with `element`, `trigger` and `watch`.
const words = element.querySelector(".hd-panel").dataset;
let opener = null;

document.documentElement.lang = words.language;

function reveal() {
  document.body.classList.toggle("hd-open", opener !== null);
  if (!opener) return;
  const mark = element.querySelector("#hd-target");
  const scroller = element.querySelector(".hd-scroll");
  if (mark) {
    const offset = mark.getBoundingClientRect().top - scroller.getBoundingClientRect().top;
    scroller.scrollTop += offset - scroller.clientHeight / 3;
  } else {
    scroller.scrollTop = 0;
  }
  (mark || scroller).focus({ preventScroll: true });
}

function close() {
  document.body.classList.remove("hd-open");
  if (opener && opener.isConnected) opener.focus();
  opener = null;
}

document.addEventListener("click", (event) => {
  if (event.target.closest(".hd-close")) return close();
  const edit = event.target.closest("a.hd-edit");
  if (edit) {
    event.preventDefault();
    trigger("edit", { reference: edit.getAttribute("href").slice(1) });
    document.querySelector("#hd-question textarea").focus();
    return;
  }
  const link = event.target.closest('a[href^="#cite-"]');
  if (!link) return;
  event.preventDefault();
  document.querySelectorAll(".hd-current").forEach((other) => other.classList.remove("hd-current"));
  link.classList.add("hd-current");
  opener = link;
  trigger("open", { reference: link.getAttribute("href").slice(1) });
});

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && opener) close();
});

watch("value", () => requestAnimationFrame(reveal));

// Gradio labels each message with its HTML source, and drops the labels of links: give readers of labels words instead.
function label() {
  const log = document.querySelector("#hd-messages [role=log]");
  if (!log) return;
  if (log.ariaLabel !== words.chat) log.ariaLabel = words.chat;
  log.querySelectorAll("[data-testid][aria-label]").forEach((message) => message.removeAttribute("aria-label"));
  log.querySelectorAll("a.hd-cite:not([aria-label])").forEach((link) => (link.ariaLabel = link.title));
}

let labelling = false;
new MutationObserver(() => {
  if (labelling) return;
  labelling = true;
  requestAnimationFrame(() => {
    labelling = false;
    label();
  });
}).observe(document.body, { childList: true, subtree: true, attributes: true, attributeFilter: ["aria-label"] });
