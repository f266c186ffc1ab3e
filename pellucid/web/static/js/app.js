// Boots the behaviours. Each module listens on the document and finds its elements by data attributes, so that fragments need no set-up.
import "./appearance.js";
import "./waiting.js";
import "./menus.js";
import "./layers.js";
import "./asking.js";
import "./palette.js";
import "./combobox.js";
import "./mentions.js";
import "./inline.js";
import "./linecells.js";
import "./tabs.js";
import "./drafts.js";
import "./forms.js";
import "./moments.js";
import "./ordering.js";
import "./trees.js";
import "./lists.js";
import "./board.js";
import "./calendar.js";
import "./grid.js";
import "./cells.js";
import "./keyboard.js";
import "./passkeys.js";
import "./side.js";
import "./pictures.js";
import "./designer.js";

document.documentElement.classList.add("ready");
