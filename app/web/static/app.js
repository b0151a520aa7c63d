// The few things that happen in the browser alone. Data becomes text nodes here, never HTML.
"use strict";
(() => {
  const cookie = document.cookie.match(/(?:^|; )toll_theme=(dark|light)/);
  const system = window.matchMedia("(prefers-color-scheme: dark)").matches;
  // Before the page is built: no white flash in the dark.
  if (cookie ? cookie[1] === "dark" : system) document.documentElement.classList.add("dark-start");

  // Remember the other theme and return whether the present one is dark.
  window.tollTheme = () => {
    const dark = document.body.classList.contains("body--dark");
    document.cookie = `toll_theme=${dark ? "light" : "dark"}; path=/; max-age=31536000; SameSite=Strict`;
    document.documentElement.classList.toggle("dark-start", !dark);
    return dark;
  };

  window.tollEnd = () => {
    const log = document.querySelector(".log");
    const turns = document.querySelectorAll(".turn");
    const last = turns[turns.length - 1];
    if (log && last) requestAnimationFrame(() => last.scrollIntoView({ block: "start" }));
  };

  const element = (tag, text, name) => {
    const made = document.createElement(tag);
    if (text !== undefined) made.textContent = text;
    if (name) made.className = name;
    return made;
  };

  // ECharts takes a DOM node for a tooltip, so names out of a bill are never parsed.
  window.tollTip = (points) => {
    const list = Array.isArray(points) ? points : [points];
    const box = element("div", undefined, "tip");
    if (list.length) box.append(element("div", list[0].name, "tip-title"));
    for (const point of list) {
      if (!point.data || point.data.exact === undefined) continue;
      const row = element("div", undefined, "tip-row");
      const dot = element("span", undefined, "tip-dot");
      dot.style.background = point.color;
      row.append(dot, element("span", point.seriesName, "tip-name"), element("b", point.data.exact));
      box.append(row);
    }
    return box;
  };
  window.tollShown = (point) => (point.data && point.data.shown) || "";
  const compact = new Intl.NumberFormat("en-US", { notation: "compact", maximumFractionDigits: 1 });
  window.tollCompact = (value) => compact.format(value);

  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") document.body.classList.remove("rail-open");
  });
})();
