// Progressive enhancement only: every form on the page works without this file.
const say = document.getElementById("vote-status");

const tell = (text, failed) => {
  if (!say) return;
  say.classList.toggle("is-error", failed);
  say.classList.toggle("app-hide", !failed);
  say.textContent = text;
};

// Voting: send the form in the background and put the answered card in place.
document.addEventListener("submit", async (e) => {
  const form = e.target.closest("form[data-vote]");
  if (!form || !e.submitter) return;
  e.preventDefault();
  const body = new URLSearchParams(new FormData(form, e.submitter));
  const buttons = form.querySelectorAll("button");
  buttons.forEach((b) => (b.disabled = true));
  try {
    const res = await fetch(form.action, { method: "POST", body, headers: { "X-Fragment": "1" } });
    const html = res.headers.get("Content-Type")?.startsWith("text/html") ? await res.text() : "";
    if (!html.includes('id="card"')) throw new Error(String(res.status));
    document.getElementById("card").outerHTML = html;
    const card = document.getElementById("card");
    document.getElementById("statement")?.focus({ preventScroll: true }); // a screen reader now reads the next question
    tell(card.dataset.status || "", false); // the card itself shows success and failure alike
  } catch {
    buttons.forEach((b) => (b.disabled = false));
    tell(say?.dataset.error || "", true);
    e.submitter.focus();
  }
});

// Counting characters: how many are left, said once the typing pauses.
for (const out of document.querySelectorAll("[data-count]")) {
  const field = document.getElementById(out.dataset.count);
  let pause;
  const count = () => {
    const left = out.dataset.max - [...field.value.trim().replace(/\s+/g, " ")].length;
    out.textContent = left < 0 ? `${out.dataset.over} ${-left}` : `${out.dataset.left} ${left}`;
  };
  field?.addEventListener("input", () => {
    clearTimeout(pause);
    pause = setTimeout(count, 400);
  });
  if (field?.value) count();
}

// Live figures: one Server-Sent Events stream, closed while the page is hidden.
const spots = [...document.querySelectorAll("[data-live]")];
const url = document.querySelector("[data-live-url]")?.dataset.liveUrl;
if (url && spots.length && "EventSource" in window) {
  const number = new Intl.NumberFormat(document.documentElement.lang || "nl");
  let stream;
  const sync = () => {
    stream?.close();
    if (document.hidden) return;
    stream = new EventSource(url);
    stream.addEventListener("figures", (e) => {
      const figures = JSON.parse(e.data);
      for (const s of spots) if (s.dataset.live in figures) s.textContent = number.format(figures[s.dataset.live]);
    });
  };
  document.addEventListener("visibilitychange", sync);
  sync();
}
