// Everything that scripts add to pages. Each page works without them.
import "./elements/command-palette.js";
import "./elements/confirm-button.js";
import "./elements/copy-button.js";
import "./elements/history-bar.js";
import "./elements/key-value.js";
import "./elements/live-region.js";
import "./elements/multi-select.js";
import "./page/forms.js";
import "./page/keys.js";
import "./page/live.js";
import "./page/menus.js";
import "./page/relative-time.js";
import "./page/search.js";
