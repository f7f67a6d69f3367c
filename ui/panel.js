// Opens the source of a citation, wherever in the page its link is. Runs once, with `element`, `trigger` and `watch`.
const root = document.documentElement;
let opener = null;

root.lang = element.querySelector("[data-language]").dataset.language;

function reveal() {
  const title = element.querySelector("#hd-source-title");
  const mark = element.querySelector("#hd-target");
  const scroller = element.querySelector(".hd-scroll");
  document.body.classList.toggle("hd-open", opener !== null);
  if (!opener) return;
  if (mark) {
    const offset = mark.getBoundingClientRect().top - scroller.getBoundingClientRect().top;
    scroller.scrollTop += offset - scroller.clientHeight / 3;
  } else {
    scroller.scrollTop = 0;
  }
  (mark || title || scroller).focus({ preventScroll: true });
}

function close() {
  document.body.classList.remove("hd-open");
  if (opener && opener.isConnected) opener.focus();
  opener = null;
}

document.addEventListener("click", (event) => {
  if (event.target.closest(".hd-close")) return close();
  const link = event.target.closest('a[href^="#cite-"]');
  if (!link) return;
  event.preventDefault();
  document.querySelectorAll(".hd-current").forEach((other) => other.classList.remove("hd-current"));
  link.classList.add("hd-current");
  opener = link;
  trigger("open", { reference: link.getAttribute("href").slice(1), at: Date.now() });
});

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && opener) close();
});

watch("value", () => requestAnimationFrame(reveal));
