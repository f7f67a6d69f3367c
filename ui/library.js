// The library in the panel, and the files that readers add, there or on the first screen.
async function openLibrary() {
  entitle("library", words.library);
  delete panel().dataset.reference;
  panel().querySelector(".hd-steps").hidden = true;
  if (!(await fill(scroller(), "library"))) return;
  listArticles();
  watchIngestion();
  reveal();
}

function listArticles() {
  const search = document.querySelector(".hd-library-search")?.value ?? "";
  return fill(document.querySelector(".hd-library"), `articles?${new URLSearchParams({ search })}`);
}

async function read(id) {
  opener = null;
  entitle("article", words.panel_label);
  if (await fill(scroller(), `article?${new URLSearchParams({ known: id })}`)) reveal();
}

async function act(button) {
  const { id, title } = button.closest("[data-id]").dataset;
  const what = button.dataset.act;
  if (what === "read") return read(id);
  if (what === "only") {
    choose({ articles: { [id]: title } });
    close();
    return typeIn("");
  }
  // What is removed takes a second press.
  if (what === "remove" && button.textContent !== button.dataset.sure) return (button.textContent = button.dataset.sure);
  button.disabled = true;
  await posted(`articles/${what}`, { known: id });
  listArticles();
  refreshHead();
}

// Adding files

function tell(text, wrong = false) {
  document.querySelectorAll(".hd-ingestion").forEach((place) => {
    const line = document.createElement("div");
    line.textContent = text;
    if (wrong) line.className = "hd-doubt";
    place.append(line);
  });
}

function clearTold() {
  document.querySelectorAll(".hd-ingestion").forEach((place) => place.replaceChildren());
}

async function send(all, { size, count }) {
  const files = [...all].slice(0, count);
  const untold = [];
  let sent = 0;
  if (all.length > files.length) untold.push(words.too_many.replace("{count}", count).replace("{left}", all.length - files.length));
  for (const [place, file] of files.entries()) {
    clearTold();
    tell(words.sending.replace("{done}", place + 1).replace("{total}", files.length).replace("{name}", file.name));
    if (file.size > size) {
      untold.push(words.file_large.replace("{name}", file.name).replace("{size}", size / 1e6));
    } else if (await fetched(`uploads?${new URLSearchParams({ name: file.name })}`, { method: "POST", body: file })) {
      sent += 1;
    } else {
      untold.push(words.file_unsent.replace("{name}", file.name));
    }
  }
  if (sent) await posted("ingestion");
  else clearTold();
  watchIngestion(untold);
}

async function watchIngestion(untold = []) {
  const places = document.querySelectorAll(".hd-ingestion");
  const answer = places.length && (await fetched("ingestion"));
  if (!answer) return;
  const html = await answer.text();
  places.forEach((place) => (place.innerHTML = html));
  if (document.querySelector(".hd-ingestion [data-running]")) return setTimeout(() => watchIngestion(untold), 500);
  untold.forEach((text) => tell(text, true));
  if (!html && !untold.length) return;
  listArticles();
  refreshHead();
  if (!shownMessages()) start(); // what it tells of the collection, and offers, has changed
}

document.addEventListener("change", (event) => {
  const add = event.target.closest(".hd-add");
  if (add && event.target.files.length) send(event.target.files, { size: Number(add.dataset.size), count: Number(add.dataset.count) });
});

for (const name of ["dragover", "dragleave", "drop"]) {
  document.addEventListener(name, (event) => {
    if (!event.dataTransfer?.types.includes("Files")) return;
    event.preventDefault(); // a file that misses its place is not to be opened in place of the page
    const add = event.target.closest?.(".hd-add");
    document.querySelectorAll(".hd-add").forEach((each) => each.classList.toggle("hd-over", each === add && name === "dragover"));
    if (add && name === "drop") send(event.dataTransfer.files, { size: Number(add.dataset.size), count: Number(add.dataset.count) });
  });
}

let seeking = 0;
document.addEventListener("input", (event) => {
  if (!event.target.matches(".hd-library-search")) return;
  clearTimeout(seeking);
  seeking = setTimeout(listArticles, 200);
});

document.addEventListener("click", (event) => {
  const opened = event.target.closest(".hd-open-library");
  if (opened) {
    opener = opened;
    return openLibrary();
  }
  const button = event.target.closest(".hd-library [data-act]");
  if (button) act(button);
});
