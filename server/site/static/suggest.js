// Suggestions below the search box: the combobox pattern of the ARIA Authoring Practices. The form works without.
"use strict";
for (const input of document.querySelectorAll("input[data-suggest]")) suggest(input);

function suggest(input) {
  const list = document.createElement("ul");
  const said = document.createElement("span");
  let found = [], chosen = -1, asked = null, timer = 0;
  list.id = input.id + "-suggestions";
  list.className = "suggestions";
  list.hidden = true;
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", input.labels[0].textContent);
  said.className = "unseen";
  said.setAttribute("role", "status");
  input.setAttribute("role", "combobox");
  input.setAttribute("aria-autocomplete", "list");
  input.setAttribute("aria-expanded", "false");
  input.setAttribute("aria-controls", list.id);
  input.form.append(list, said);

  function show(open) {
    list.hidden = !open;
    input.setAttribute("aria-expanded", String(open));
    if (!open) choose(-1);
  }

  function choose(number) {
    chosen = number;
    [...list.children].forEach((item, at) => item.setAttribute("aria-selected", String(at === chosen)));
    if (chosen < 0) return input.removeAttribute("aria-activedescendant");
    input.setAttribute("aria-activedescendant", list.children[chosen].id);
    list.children[chosen].scrollIntoView({ block: "nearest" });
  }

  function fill() {
    list.replaceChildren(...found.map((one, at) => {
      const item = document.createElement("li"), more = document.createElement("span");
      item.id = `${list.id}-${at}`;
      item.setAttribute("role", "option");
      item.setAttribute("aria-selected", "false");
      more.className = "muted";
      more.textContent = one.name ? ` ${one.kind}: ${one.name}` : ` ${one.kind}`;
      item.append(one.label, more);
      item.addEventListener("pointerdown", (event) => event.preventDefault());
      item.addEventListener("click", () => location.assign(one.href));
      return item;
    }));
    chosen = -1;
    show(found.length > 0);
    said.textContent = `${input.dataset.found}: ${found.length}`;
  }

  async function ask() {
    asked?.abort();
    const text = input.value.trim();
    if (!text) { found = []; return fill(); }
    asked = new AbortController();
    const address = new URL(input.dataset.suggest, location.href);
    address.searchParams.set("q", text);
    try {
      const answer = await fetch(address, { signal: asked.signal });
      found = answer.ok ? (await answer.json()).suggestions : [];
      fill();
    } catch (error) {
      if (error.name !== "AbortError") show(false);
    }
  }

  input.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(ask, 120); });
  input.addEventListener("blur", () => show(false));
  input.addEventListener("keydown", (event) => {
    const count = list.hidden ? 0 : found.length;
    if (event.key === "Escape" && count) { event.preventDefault(); show(false); }
    else if (event.key === "ArrowDown" && count) { event.preventDefault(); choose((chosen + 1) % count); }
    else if (event.key === "ArrowUp" && count) { event.preventDefault(); choose(chosen < 1 ? count - 1 : chosen - 1); }
    else if (event.key === "Enter" && count && chosen >= 0) { event.preventDefault(); location.assign(found[chosen].href); }
  });
}
