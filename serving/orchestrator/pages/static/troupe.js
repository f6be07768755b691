// What makes the pages nicer where there is script. Every form works without it.
"use strict";

const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;

/* A file that is dropped or chosen is sent at once, with a bar that says how far it is. */
function size(bytes) {
  return bytes < 1e6 ? `${Math.max(1, Math.round(bytes / 1e3))} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
}

function send(form) {
  const sending = form.querySelector("[data-sending]");
  const drop = form.querySelector("[data-drop]");
  const text = sending.querySelector("[data-sending-text]");
  const bar = sending.querySelector("progress");
  const file = form.querySelector("input[type=file]").files[0];
  const request = new XMLHttpRequest();
  let spoken = "";
  const say = (words) => { if (words !== spoken) text.textContent = spoken = words; };
  const over = () => { drop.hidden = false; sending.hidden = true; form.reset(); };
  request.upload.addEventListener("progress", (event) => {
    if (!event.lengthComputable) return;
    bar.value = (100 * event.loaded) / event.total;
    say(event.loaded < event.total ? `Sending ${file.name}, ${size(event.total)}` : "Checking the file");
    if (event.loaded === event.total) bar.removeAttribute("value");
  });
  request.addEventListener("load", () => {
    if (request.status < 400) { location.assign(request.responseURL); return; }
    over();
    const page = new DOMParser().parseFromString(request.responseText, "text/html");
    complain(form, page.querySelector("[role=alert]") ?? undefined);
  });
  request.addEventListener("error", () => { over(); complain(form); });
  request.addEventListener("abort", over);
  sending.querySelector("[data-sending-stop]").onclick = () => request.abort();
  request.open("POST", form.action);
  request.setRequestHeader("Accept", "text/html");
  sending.style.minHeight = `${drop.offsetHeight}px`; // nothing below moves
  drop.hidden = true;
  sending.hidden = false;
  bar.value = 0;
  say(`Sending ${file.name}`);
  request.send(new FormData(form));
}

function complain(form, note) {
  if (!note) {
    note = document.createElement("p");
    note.className = "note note-bad";
    note.setAttribute("role", "alert");
    note.tabIndex = -1;
    note.textContent = "The server could not be reached; try again in a moment.";
  }
  for (const old of document.querySelectorAll("main [role=alert]")) old.remove();
  form.before(note);
  note.focus();
}

document.addEventListener("change", (event) => {
  const form = event.target.closest("form[data-upload]");
  if (form && event.target.type === "file" && event.target.files.length) send(form);
});
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.matches("form[data-upload]")) {
    event.preventDefault();
    if (form.querySelector("input[type=file]").files.length) send(form);
  }
});
for (const kind of ["dragenter", "dragover", "dragleave", "drop"]) {
  document.addEventListener(kind, (event) => {
    const zone = event.target.closest?.("[data-drop]");
    if (kind === "dragover" || kind === "drop") event.preventDefault(); // a file dropped beside does not leave the page
    if (!zone) return;
    zone.classList.toggle("over", kind === "dragenter" || kind === "dragover");
    if (kind === "drop" && event.dataTransfer.files.length) {
      const input = zone.querySelector("input[type=file]");
      const one = new DataTransfer();
      one.items.add(event.dataTransfer.files[0]);
      input.files = one.files;
      send(input.form);
    }
  });
}

/* Which part of the moves: two handles, two fields, and the clip follows. */
document.addEventListener("input", (event) => {
  const form = event.target.closest("form[data-trim]");
  if (form) trim(form, event.target);
});

function trim(form, moved) {
  const most = Number(form.dataset.trim);
  const handles = [form.querySelector("[data-trim-start]"), form.querySelector("[data-trim-end]")];
  const fields = [form.elements.start, form.elements.end];
  const of = handles.includes(moved) ? handles : fields;
  if (!of.includes(moved)) return;
  // A handle steps by tenths; the end that was not moved is what its field says.
  const said = fields.map((field, i) => (handles[i] === moved ? moved : field));
  let [start, end] = said.map((input) => Math.min(most, Math.max(0, Number(input.value) || 0)));
  const least = Math.min(0.5, most);
  if (of === handles && end - start < least) {
    if (moved === handles[0]) start = Math.max(0, end - least);
    else end = Math.min(most, start + least);
  }
  if (moved === handles[1] && end >= most - 0.05) end = most;
  handles[0].value = start;
  handles[1].value = end;
  for (const [i, value] of [start, end].entries()) if (fields[i] !== moved) fields[i].value = Number(value.toFixed(2));
  const part = form.querySelector("[data-trim-part]");
  part.setAttribute("x", (100 * start) / most);
  part.setAttribute("width", Math.max(0, (100 * (end - start)) / most));
  const length = Math.max(0, end - start);
  const rest = (length % 60).toFixed(1).padStart(4, "0").replace(/\.0$/, "");
  form.querySelector("[data-trim-length]").textContent = `${Math.floor(length / 60)}:${rest}`;
  const video = form.querySelector("[data-trim-video]");
  if (video?.readyState) video.currentTime = moved === of[1] ? Math.max(start, end - 0.1) : start;
}

document.addEventListener("timeupdate", (event) => {
  const form = event.target.closest?.("form[data-trim]");
  if (!form || event.target.paused) return;
  const [start, end] = [Number(form.elements.start.value), Number(form.elements.end.value)];
  if (end > start && (event.target.currentTime > end || event.target.currentTime < start - 0.3)) event.target.currentTime = start;
}, true);

/* The face that shows how much the expression is carried over. */
function express(field) {
  const value = Number(field.querySelector("input").value);
  field.querySelector("[data-output]").textContent = value.toFixed(2);
  const up = 4 * value, open = 66 + 10 * value;
  field.querySelector("[data-brows]").setAttribute("d", `M26 ${37 - up / 2}Q34 ${35 - up} 42 ${37 - up / 2}M58 ${37 - up / 2}Q66 ${35 - up} 74 ${37 - up / 2}`);
  field.querySelector("[data-mouth]").setAttribute("d", `M${35 - 2 * value} ${66 - 2 * value}Q50 ${67 + 2 * value} ${65 + 2 * value} ${66 - 2 * value}Q50 ${open + 6 * value} ${35 - 2 * value} ${66 - 2 * value}Z`);
}
document.addEventListener("input", (event) => {
  const field = event.target.closest("[data-intensity]");
  if (field) express(field);
});

/* Cards of the gallery play where one looks. */
function look(card, on) {
  let video = card.querySelector("video");
  if (on && !video && !calm) {
    video = document.createElement("video");
    Object.assign(video, { src: card.dataset.hoverVideo, muted: true, loop: true, playsInline: true });
    video.setAttribute("aria-hidden", "true");
    video.tabIndex = -1;
    card.querySelector(".view").append(video);
    video.play().catch(() => video.remove());
  } else if (!on && video) {
    video.pause();
    video.removeAttribute("src");
    video.remove();
  }
}
for (const [kind, on] of [["pointerover", true], ["focusin", true], ["pointerout", false], ["focusout", false]]) {
  document.addEventListener(kind, (event) => {
    const card = event.target.closest?.("[data-hover-video]");
    if (card && !card.contains(event.relatedTarget)) look(card, on);
  });
}

/* Small things. */
document.addEventListener("click", (event) => {
  const copy = event.target.closest("[data-copy]");
  if (copy) {
    const field = document.getElementById(copy.dataset.copy);
    field.select();
    navigator.clipboard?.writeText(field.value).then(() => { copy.querySelector("span").textContent = "Copied"; });
  }
  if (event.target.closest("[data-choose-some]")) {
    const some = document.querySelector('input[name=who][value=some]');
    if (some) some.checked = true;
  }
  const chooses = event.target.closest("[data-chooses]");
  if (chooses && event.detail) setTimeout(() => document.querySelector(`#${chooses.dataset.chooses} input[type=file]`).click()); // by pointer only: arrow keys just pass by
  const opens = event.target.closest("[data-open]");
  if (opens) document.getElementById(opens.dataset.open).open = true;
});

document.addEventListener("input", (event) => {
  if (event.target.matches("input[name=colour]")) document.querySelector("[data-colour]")?.setAttribute("fill", event.target.value);
});

document.addEventListener("DOMContentLoaded", () => {
  if (calm) for (const video of document.querySelectorAll("video[autoplay]")) { video.removeAttribute("autoplay"); video.pause(); }
  for (const field of document.querySelectorAll("[data-intensity]")) express(field);
  document.querySelector("main [data-focus]")?.focus();
});
document.addEventListener("play", (event) => {
  if (calm && event.target.autoplay) { event.target.autoplay = false; event.target.controls = true; event.target.pause(); }
}, true);
// The heading says how the run stands: when it has ended the whole page is made anew.
document.addEventListener("htmx:sse:close", (event) => {
  if (event.detail?.reason === "message" && event.target.id.endsWith("-live")) location.reload();
});
// A stream that is not answered is asked for again; one that breaks off later htmx takes up itself.
function again(event) {
  const { ctx } = event.detail, place = ctx?.sourceElement, address = place?.getAttribute?.("hx-sse:connect");
  if (!address) return;
  event.preventDefault();
  setTimeout(() => place.isConnected && htmx.ajax("GET", address, { source: place }), 2000);
}
document.addEventListener("htmx:after:request", again); // answered, but not with a stream
document.addEventListener("htmx:error", again);
