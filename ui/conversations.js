// The list of conversations: searched, renamed, deleted.
const list = () => document.querySelector(".hd-conversations");
const search = () => document.querySelector(".hd-search");

function listed() {
  const asked = new URLSearchParams({ search: search().value, current: known() });
  return fill(list(), `conversations?${asked}`);
}

function path(item, act) {
  return `conversations/${encodeURIComponent(item.dataset.id)}/${act}`;
}

function rename(item) {
  const name = item.querySelector(".hd-name");
  const box = document.createElement("input");
  Object.assign(box, { value: name.textContent, className: "hd-rename", maxLength: 80, ariaLabel: name.textContent });
  const link = item.querySelector(".hd-conversation");
  let done = false;
  const end = async (kept) => {
    if (done) return;
    done = true;
    if (kept && box.value.trim()) await posted(path(item, "rename"), { title: box.value });
    listed();
  };
  box.addEventListener("keydown", (event) => {
    if (event.key === "Enter") end(true);
    if (event.key === "Escape") end(false);
    event.stopPropagation();
  });
  box.addEventListener("blur", () => end(true));
  item.querySelector(".hd-menu").open = false;
  link.replaceWith(box);
  box.select();
}

// What is deleted is gone: it takes a second press.
async function remove(item, button) {
  if (button.textContent !== button.dataset.sure) {
    button.textContent = button.dataset.sure;
    return;
  }
  if (!(await posted(path(item, "delete")))) return;
  if (item.dataset.id === known()) location.assign("./");
  else listed();
}

document.addEventListener("click", (event) => {
  const open = document.querySelector(".hd-menu[open]");
  if (open && !open.contains(event.target)) open.open = false;
  if (event.target.closest(".hd-open-nav")) return document.body.classList.add("hd-nav-open");
  if (event.target.closest(".hd-close-nav")) return document.body.classList.remove("hd-nav-open");
  const button = event.target.closest(".hd-conversations [data-act]");
  if (!button) return;
  const item = button.closest("[data-id]");
  if (button.dataset.act === "rename") rename(item);
  else remove(item, button);
});

// The other language shows the same conversation.
document.addEventListener("click", (event) => {
  const link = event.target.closest(".hd-language");
  if (link && known()) link.search = `?c=${encodeURIComponent(known())}`;
}, true);

let searching = 0;
document.addEventListener("input", (event) => {
  if (event.target !== search()) return;
  clearTimeout(searching);
  searching = setTimeout(listed, 200);
});
document.addEventListener("hd-conversation", () => whenThere(listed));
document.addEventListener("hd-answered", listed);
whenThere(listed);
