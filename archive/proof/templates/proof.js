// Without this the page is whole: it only lights up both ends of a link and brings the other end into view.
const other = (id) => document.getElementById((id[0] === "c" ? "o" : "c") + id.slice(1));
const end = (target) => {
  const found = target.closest("[id^='c-'], [id^='o-']");
  return found || (target.closest("svg a") || { querySelector: () => null }).querySelector("rect");
};
const light = (ends) => {
  document.querySelectorAll(".lit").forEach((one) => one.classList.remove("lit"));
  ends.filter(Boolean).forEach((one) => one.classList.add("lit"));
};
const show = () => {
  const goal = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (!goal || !/^[co]-/.test(goal.id)) return;
  const ends = [goal, other(goal.id)].filter(Boolean);
  ends.forEach((one) => one.scrollIntoView({ block: "center", inline: "center" }));
  light(ends);
};
document.addEventListener("mouseover", (event) => {
  const one = end(event.target);
  if (one) light([one, other(one.id)]);
});
window.addEventListener("hashchange", show);
window.addEventListener("load", show);
