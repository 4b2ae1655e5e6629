// Finding one's way through a page: roots, parents, visibility, text.

const INTERACTIVE = [
  'a[href]', 'area[href]', 'button', 'input:not([type="hidden"])', 'select', 'textarea',
  'summary', '[contenteditable=""]', '[contenteditable="true"]', '[onclick]',
  '[tabindex]:not([tabindex="-1"])',
  ...['button', 'link', 'checkbox', 'switch', 'radio', 'tab', 'menuitem', 'menuitemcheckbox',
    'menuitemradio', 'option', 'treeitem', 'combobox', 'listbox', 'textbox', 'searchbox',
    'spinbutton', 'slider'].map((role) => `[role="${role}"]`),
].join(',');
const SILENT = new Set(['SCRIPT', 'STYLE', 'NOSCRIPT', 'TEMPLATE', 'OPTION', 'TEXTAREA', 'HEAD']);
const SHORT_TEXT = 240;

// As JSON.stringify, which old libraries change for all pages that load them (`toJSON` of arrays).
function write(value) {
  if (Array.isArray(value)) return `[${value.map((item) => write(item)).join(',')}]`;
  if (value === null || typeof value !== 'object') return JSON.stringify(value) ?? 'null';
  const kept = Object.keys(value).filter((key) => value[key] !== undefined);
  return `{${kept.map((key) => `${JSON.stringify(key)}:${write(value[key])}`).join(',')}}`;
}

// Emptied after every call: the page changes in between.
const memory = new Map();

// Remembers the result of `compute` for one element during this call.
function once(kind, element, compute) {
  let table = memory.get(kind);
  if (!table) memory.set(kind, (table = new Map()));
  if (!table.has(element)) table.set(element, compute());
  return table.get(element);
}

// What nodes have themselves: a form hides it behind its fields of that name, such as `<input name="id">`.
const own = {};
for (const [owner, names] of [
  [Node, ['childNodes', 'firstChild', 'nextSibling', 'nodeName', 'nodeType', 'parentElement', 'parentNode',
    'previousSibling', 'textContent']],
  [Element, ['attributes', 'children', 'classList', 'className', 'id', 'previousElementSibling', 'shadowRoot', 'tagName']],
]) {
  for (const name of names) {
    const { get } = Object.getOwnPropertyDescriptor(owner.prototype, name);
    own[name] = (node) => get.call(node);
  }
}

function clean(text) {
  return (text || '').replace(/\s+/g, ' ').trim();
}

function parentOf(node) {
  if (node.assignedSlot) return node.assignedSlot;
  return own.parentElement(node) || (node.getRootNode().host ?? null);
}

function holds(outer, inner) {
  for (let node = inner; node; node = parentOf(node)) if (node === outer) return true;
  return false;
}

// The document and every open shadow root in it.
function openRoots() {
  return once('roots', document, () => {
    const found = [document];
    for (let index = 0; index < found.length; index += 1) {
      for (const element of found[index].querySelectorAll('*')) {
        if (own.shadowRoot(element)) found.push(own.shadowRoot(element));
      }
    }
    return found;
  });
}

function everything(selector) {
  return openRoots().flatMap((root) => [...root.querySelectorAll(selector)]);
}

function pageSize() {
  return openRoots().reduce((sum, root) => sum + root.querySelectorAll('*').length, 0);
}

function isRendered(element) {
  return element.checkVisibility({ visibilityProperty: true });
}

function isVisible(element) {
  return once('visible', element, () => {
    if (!isRendered(element)) return false;
    const box = element.getBoundingClientRect();
    return box.width > 0 && box.height > 0;
  });
}

function isEnabled(element) {
  return !element.matches(':disabled') && !element.closest('[aria-disabled="true"], [inert]');
}

function isEditable(element) {
  if (element.isContentEditable) return true;
  if (!(element instanceof HTMLInputElement || element instanceof HTMLTextAreaElement)) return false;
  const ticked = ['checkbox', 'radio', 'button', 'submit', 'reset', 'image', 'file', 'range', 'color'];
  return !element.readOnly && !element.disabled && !ticked.includes(element.type);
}

// The next node in the order of the document, inside of `top` and outside of what is silent.
function nextNode(node, top) {
  if (own.firstChild(node) && !SILENT.has(own.nodeName(node))) return own.firstChild(node);
  let at = node;
  while (at !== top && !own.nextSibling(at)) at = own.parentNode(at);
  return at === top ? null : own.nextSibling(at);
}

// Text below an element, cut at `limit`; hidden parts included, because asking about every
// node costs more than it tells.
function shortText(element) {
  return once('text', element, () => {
    if (SILENT.has(own.tagName(element))) return '';
    let text = '';
    // A tree walker that asks which parts are silent was a third of a lookup's time in the page.
    for (let node = own.firstChild(element); node && text.length <= SHORT_TEXT; node = nextNode(node, element)) {
      if (own.nodeType(node) === Node.TEXT_NODE && /\S/.test(node.data)) text = clean(`${text} ${node.data}`);
    }
    return text.slice(0, SHORT_TEXT);
  });
}

function ownText(element) {
  if (element.matches('input[type="submit"], input[type="button"], input[type="reset"]')) {
    return clean(element.value);
  }
  if (SILENT.has(own.tagName(element)) || own.tagName(element) === 'SELECT') return '';
  let text = '';
  for (const node of own.childNodes(element)) if (own.nodeType(node) === Node.TEXT_NODE) text += node.data;
  return clean(text).slice(0, SHORT_TEXT);
}

function wordsOf(text) {
  return text.toLowerCase().match(/[\p{L}\p{N}_]+/gu) || [];
}
