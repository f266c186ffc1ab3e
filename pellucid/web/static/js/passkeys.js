// Passkeys: data-passkey="sign-in" on the sign-in page, data-passkey="add" on one's profile. Bytes travel as base64url.
import { token, words } from "./page.js";

const toBytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
const toText = (bytes) => btoa(String.fromCharCode(...new Uint8Array(bytes))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");

async function request(address, data = {}) {
  const csrf = token() || document.querySelector("[name=csrfmiddlewaretoken]")?.value || "";
  const answer = await fetch(address, { method: "POST", headers: { "X-CSRFToken": csrf }, body: new URLSearchParams(data) });
  const said = await answer.json();
  if (!answer.ok) throw new Error(said.error);
  return said;
}

function credentialText(credential) {
  const { response } = credential;
  const parts = { clientDataJSON: toText(response.clientDataJSON) };
  for (const name of ["attestationObject", "authenticatorData", "signature", "userHandle"]) {
    if (response[name]) parts[name] = toText(response[name]);
  }
  return JSON.stringify({ id: credential.id, rawId: toText(credential.rawId), type: credential.type, response: parts, clientExtensionResults: {} });
}

async function signInByKey(button) {
  const options = await request("/login/passkey/options");
  options.challenge = toBytes(options.challenge);
  options.allowCredentials = (options.allowCredentials || []).map((key) => ({ ...key, id: toBytes(key.id) }));
  const credential = await navigator.credentials.get({ publicKey: options });
  return request("/login/passkey", { answer: credentialText(credential), next: button.dataset.next });
}

async function addKey() {
  const options = await request("/profile/passkeys/options");
  options.challenge = toBytes(options.challenge);
  options.user.id = toBytes(options.user.id);
  options.excludeCredentials = (options.excludeCredentials || []).map((key) => ({ ...key, id: toBytes(key.id) }));
  const credential = await navigator.credentials.create({ publicKey: options });
  return request("/profile/passkeys", { answer: credentialText(credential), name: navigator.userAgentData?.platform || navigator.platform });
}

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-passkey]");
  if (!button) return;
  const note = document.querySelector("[data-passkey-note]");
  button.disabled = true;
  try {
    if (!navigator.credentials || !window.PublicKeyCredential) throw new Error(words("no_passkeys"));
    const said = await (button.dataset.passkey === "add" ? addKey() : signInByKey(button));
    location.href = said.next;
  } catch (error) {
    note.textContent = error.name === "NotAllowedError" ? words("passkey_ended") : error.message;
    button.disabled = false;
  }
});
