// The explorer on its own page: messages go to this server, the question stands in the address.
import { Page } from "./explorer.js";

function cookie(name) {
  const found = document.cookie.split("; ").find((each) => each.startsWith(`${name}=`));
  return found ? decodeURIComponent(found.slice(name.length + 1)) : "";
}

function bytes(text) {
  return text === null || text === undefined ? null : Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
}

async function ask(message) {
  const response = await fetch("explore/ask", {
    method: "POST",
    headers: { "Content-Type": "application/json", "X-XSRFToken": cookie("_xsrf") },
    body: JSON.stringify(message),
  });
  if (!response.ok) throw new Error(String(response.status));
  const reply = await response.json();
  return { ...reply, data: bytes(reply.data) };
}

const root = document.getElementById("explorer");
root.className = "rk-explorer";
window.explorer = new Page(root, ask, JSON.parse(document.getElementById("start").textContent), true);
