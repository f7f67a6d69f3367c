// What can be done with an answer: copied, linked to, asked again in another way, corrected, judged.
async function copy(text, link) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    // A page that did not come by a secure connection has no clipboard of its own.
    const box = document.createElement("textarea");
    box.value = text;
    document.body.append(box);
    box.select();
    document.execCommand("copy");
    box.remove();
  }
  const label = link.textContent;
  link.textContent = words.copied;
  setTimeout(() => (link.textContent = label), 1500);
}

// The words of an answer, with its markers as [1].
function textOf(link) {
  let row = link.closest(".message-row");
  while (row && !row.querySelector(".hd-text, .hd-refused")) row = row.previousElementSibling;
  const text = row?.querySelector(".hd-text, .hd-refused")?.cloneNode(true);
  text?.querySelectorAll(".hd-cite").forEach((cite) => cite.replaceWith(`[${parseInt(cite.textContent)}]`));
  return text?.textContent.trim() ?? "";
}

async function answerOf(id) {
  const answer = await fetched(`answers/${encodeURIComponent(known())}/${encodeURIComponent(id)}`);
  return answer ? answer.json() : null;
}

async function edit(id) {
  const answer = await answerOf(id);
  if (!answer) return;
  choose({ replaces: id, offered: answer.understood });
  typeIn(answer.understood || answer.question);
}

function judge(id, link) {
  const dialog = element.querySelector(".hd-dialog");
  const form = dialog.querySelector("form");
  form.reset();
  dialog.onclose = async () => {
    const said = new FormData(form);
    if (!dialog.returnValue || !said.get("verdict")) return;
    const path = `answers/${encodeURIComponent(known())}/${encodeURIComponent(id)}/feedback`;
    const answer = await posted(path, { verdict: said.get("verdict"), correction: said.get("correction") });
    if (answer) link.textContent = await answer.text();
  };
  dialog.returnValue = "";
  dialog.showModal();
}

const acts = {
  copy: (id, link) => copy(textOf(link), link),
  markdown: async (id, link) => {
    const answer = await answerOf(id);
    if (answer) copy(answer.markdown, link);
  },
  link: (id, link) => copy(`${location.origin}/?c=${encodeURIComponent(known())}#answer-${id}`, link),
  retry: (id) => askAgain({ name: "retry", exchange: id }),
  write: (id) => askAgain({ name: "write", exchange: id }),
  typed: (id) => askAgain({ name: "typed", exchange: id }),
  bolder: (id) => askAgain({ name: "bolder", exchange: id }),
  edit,
  feedback: judge,
};

document.addEventListener("click", (event) => {
  const link = event.target.closest("a.hd-do");
  if (!link) return;
  event.preventDefault();
  const [, name, id] = link.getAttribute("href").match(/^#([a-z]+)-(.+)$/) ?? [];
  acts[name]?.(id, link);
});

document.addEventListener("keydown", (event) => {
  const link = event.key === " " && event.target.closest?.("a.hd-do");
  if (!link) return;
  event.preventDefault();
  link.click();
});
