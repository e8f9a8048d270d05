const search = document.querySelector("#search");
search?.addEventListener("input", () => {
  const wanted = search.value.toLowerCase();
  for (const row of document.querySelectorAll("#rules tbody tr"))
    row.hidden = !row.textContent.toLowerCase().includes(wanted);
});
for (const button of document.querySelectorAll("button[data-copy]")) {
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(button.parentElement.querySelector("pre").textContent);
    button.textContent = "copied";
  });
}

// A rule that broke with another one stands inside a closed part: a link to it opens that.
const reveal = () => document.getElementById(decodeURIComponent(location.hash.slice(1)))?.closest("details.others")?.setAttribute("open", "");
addEventListener("hashchange", reveal);
reveal();
