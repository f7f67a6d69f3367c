// Opens the source of a citation, wherever in the page its link is. Runs once, with `element`, `trigger` and `watch`.
const overlaid = matchMedia("(max-width: 800px)"); // as in style.css: the source lies over the conversation
let opener = null; // the link that was pressed last, and what it refers to
let wanted = "";

document.documentElement.lang = element.querySelector(".hd-panel").dataset.language;

function shown() {
  return element.querySelector("[data-reference]")?.dataset.reference;
}

function reveal() {
  document.body.classList.add("hd-open");
  // A step of history, so that going back on a phone leaves the source and not the conversation.
  if (overlaid.matches && !history.state?.source) history.pushState({ ...history.state, source: true }, "");
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

function hide() {
  if (!document.body.classList.contains("hd-open")) return;
  document.body.classList.remove("hd-open");
  wanted = "";
  if (opener?.isConnected) opener.focus({ preventScroll: true });
}

function close() {
  hide();
  if (history.state?.source) history.back();
}

function open(link) {
  document.querySelectorAll(".hd-current").forEach((other) => other.classList.remove("hd-current"));
  link.classList.add("hd-current");
  opener = link;
  wanted = link.getAttribute("href").slice(1);
  trigger("open", { reference: wanted });
  if (shown() === wanted) reveal(); // the same again: there may be nothing to wait for
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
  open(link);
});

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") close();
});

addEventListener("popstate", (event) => {
  if (event.state?.source && shown()) document.body.classList.add("hd-open");
  else hide();
});

if (history.state?.source) history.back(); // the page was loaded anew while a source lay over it

watch("value", () =>
  requestAnimationFrame(() => {
    if (shown()) return shown() === wanted && reveal();
    // A new question was asked.
    wanted = "";
    document.body.classList.remove("hd-open");
    document.querySelectorAll(".hd-current").forEach((link) => link.classList.remove("hd-current"));
  }),
);
