"use strict";
(() => {
  const at = (id) => document.getElementById(id);
  const filter = at("filter");
  const text = at("text"), which = at("which"), fault = at("fault");
  const tags = [...filter.querySelectorAll("select[data-tag]")];
  const choices = [which, fault, ...tags];
  const rows = [...document.querySelectorAll("#rows > .question")].map((row) => ({
    row,
    fault: row.dataset.fault,
    moved: row.dataset.moved,
    tags: row.dataset.tags.split(" "),
    text: null,
  }));

  // Found with and without marks, as questions are typed either way.
  const plain = (said) => said.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase().replaceAll("đ", "d");

  function textOf(each) {
    if (each.text === null) {
      const parts = each.row.querySelectorAll("summary > .id, .texts > dd:not(.list)");
      each.text = plain([...parts].map((part) => part.textContent).join("\n"));
    }
    return each.text;
  }

  function fits(each, words) {
    if (fault.value && each.fault !== fault.value) return false;
    if (which.value === "bad" ? !each.fault : which.value && each.moved !== which.value) return false;
    if (tags.some((tag) => tag.value && each.tags[tag.dataset.tag] !== tag.value)) return false;
    return words.every((word) => textOf(each).includes(word));
  }

  function apply() {
    const words = plain(text.value).split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const each of rows) {
      const fit = fits(each, words);
      if (each.row.hidden === fit) each.row.hidden = !fit;
      shown += fit;
    }
    at("shown").textContent = `${shown.toLocaleString("en")} of ${rows.length.toLocaleString("en")} questions`;
  }

  function clear() {
    text.value = "";
    for (const choice of choices) choice.value = "";
    apply();
  }

  function show() {
    const row = at(location.hash.slice(1))?.closest(".question");
    if (!row) return;
    if (row.hidden) clear();
    row.open = true;
    row.scrollIntoView();
  }

  let waiting = 0;
  text.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(apply, 120);
  });
  for (const choice of choices) choice.addEventListener("change", apply);
  at("clear").addEventListener("click", () => {
    clear();
    text.focus();
  });
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-pick], a[href^='#q']");
    if (link?.dataset.pick) {
      clear();
      at(link.dataset.pick).value = link.dataset.value;
      apply();
    } else if (link?.hash === location.hash) show();
  });
  addEventListener("hashchange", show);
  filter.hidden = false;
  addEventListener("pageshow", apply); // a page that was gone back to keeps what was typed
  apply();
  show();
})();
