// Boots the behaviours. Each module listens on the document and finds its elements by data attributes, so that fragments need no set-up.
import "./appearance.js";

document.documentElement.classList.add("ready");
