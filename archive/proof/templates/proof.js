// Without this the page is whole: it only lights up both ends of a link and brings the other end into view.
const other = (id) => document.getElementById((id[0] === "c" ? "o" : "c") + id.slice(1));
const end = (target) => {
  const found = target.closest("[id^='c-'], [id^='o-']");
  return found || (target.closest("svg a") || { querySelector: () => null }).querySelector("rect");
};
let lit = [];
document.addEventListener("mouseover", (event) => {
  lit.forEach((one) => one.classList.remove("lit"));
  const one = end(event.target);
  lit = one ? [one, other(one.id)].filter(Boolean) : [];
  lit.forEach((each) => each.classList.add("lit"));
});
document.addEventListener("click", (event) => {
  const link = event.target.closest("a");
  const href = link && (link.getAttribute("href") || "");
  const goal = href && href[0] === "#" && document.getElementById(href.slice(1));
  if (!goal) return;
  event.preventDefault();
  history.replaceState(null, "", href);
  location.hash = href;
  for (const one of [goal, other(goal.id)]) if (one) one.scrollIntoView({ block: "center", inline: "center" });
});
