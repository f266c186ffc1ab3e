// Times of the server in the reader's own clock where the element says so: <time datetime="..." data-local="time|day|ago">.
import { words } from "./page.js";

const LANGUAGE = document.documentElement.lang;

function dayWord(moment) {
  const days = Math.round((new Date(moment).setHours(0, 0, 0, 0) - new Date().setHours(0, 0, 0, 0)) / 86400e3);
  return { "-1": words("yesterday"), 0: words("today"), 1: words("tomorrow") }[days];
}

function ago(moment) {
  const seconds = (Date.now() - moment) / 1000;
  const format = new Intl.RelativeTimeFormat(LANGUAGE, { numeric: "auto" });
  if (seconds < 60) return words("just_now");
  if (seconds < 3600) return format.format(-Math.round(seconds / 60), "minute");
  if (seconds < 86400) return format.format(-Math.round(seconds / 3600), "hour");
  return format.format(-Math.round(seconds / 86400), "day");
}

function drawTimes() {
  for (const element of document.querySelectorAll("time[data-local]")) {
    const moment = new Date(element.dateTime);
    if (Number.isNaN(moment.getTime())) continue;
    const clock = moment.toLocaleTimeString(LANGUAGE, { hour: "2-digit", minute: "2-digit", hour12: false });
    const day = dayWord(moment) || moment.toLocaleDateString(LANGUAGE);
    element.textContent = { time: clock, day, ago: ago(moment), full: `${day} ${clock}` }[element.dataset.local] || clock;
    element.title ||= moment.toLocaleString(LANGUAGE);
  }
}

drawTimes();
document.addEventListener("htmx:after:swap", drawTimes);
setInterval(drawTimes, 60000);
