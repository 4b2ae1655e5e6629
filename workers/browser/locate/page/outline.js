// The page as a tree of roles, names and states, for somebody who cannot see it.

const UNSEEN = new Set(['SCRIPT', 'STYLE', 'NOSCRIPT', 'TEMPLATE', 'HEAD', 'META', 'LINK']);
const PARTS = new Set(['navigation', 'main', 'banner', 'contentinfo', 'complementary', 'region', 'form',
  'search', 'group', 'radiogroup', 'dialog', 'alertdialog', 'alert', 'status', 'table', 'grid', 'row', 'list',
  'listitem', 'tablist', 'tabpanel', 'toolbar', 'menu', 'menubar', 'tree', 'article', 'heading', 'img']);
const PART_TAGS = {
  MAIN: 'main', HEADER: 'banner', FOOTER: 'contentinfo', ASIDE: 'complementary', UL: 'list', OL: 'list',
  ARTICLE: 'article', SECTION: 'region',
};
const TYPED = new Set(['textbox', 'searchbox', 'spinbutton', 'slider']);
const MOST_OPTIONS = 12;

// What is drawn below an element: through open shadow roots and what is put into their slots.
function drawnChildren(element) {
  if (own.shadowRoot(element)) return own.shadowRoot(element).childNodes;
  const given = own.tagName(element) === 'SLOT' ? element.assignedNodes() : [];
  return given.length ? given : own.childNodes(element);
}

function isDrawn(element) {
  return isRendered(element) || getComputedStyle(element).display === 'contents';
}

function isPointed(element) {
  if (getComputedStyle(element).cursor !== 'pointer' || element.querySelector(INTERACTIVE)) return false;
  const parent = parentOf(element);
  return !parent || getComputedStyle(parent).cursor !== 'pointer';
}

// A file input is used without being seen.
function canBeUsed(element) {
  if (own.tagName(element) === 'INPUT' && element.type === 'file') return true;
  return isVisible(element) && (isInteractive(element) || isPointed(element));
}

function partOf(element) {
  const role = roleOf(element) || PART_TAGS[own.tagName(element)] || '';
  return PARTS.has(role) ? role : '';
}

// Never what somebody typed, only that something is there.
function statesOf(element) {
  const role = roleOf(element);
  const said = [];
  const tell = (attribute, yes, no) => {
    const value = element.getAttribute(attribute);
    if (value === 'true' && yes) said.push(yes);
    if (value === 'false' && no) said.push(no);
  };
  if (!isEnabled(element)) said.push('disabled');
  if (element.readOnly) said.push('read-only');
  if (element.required) said.push('required');
  const checked = checkedOf(element);
  if (checked !== null) said.push(checked ? 'checked' : 'not checked');
  tell('aria-expanded', 'expanded', 'collapsed');
  tell('aria-selected', 'selected', '');
  if (element.getAttribute('aria-current')) said.push('current');
  if (TYPED.has(role) && role !== 'slider') said.push((element.value ?? own.textContent(element)) ? 'filled' : 'empty');
  return said;
}

function optionsOf(element) {
  if (own.tagName(element) !== 'SELECT') return null;
  const labels = [...element.options].map((option) => clean(option.label || option.text).slice(0, 60));
  const chosen = [...element.selectedOptions].map((option) => clean(option.label || option.text).slice(0, 60));
  return { all: labels.slice(0, MOST_OPTIONS), count: labels.length, chosen: chosen.slice(0, MOST_OPTIONS) };
}

// What the author calls an element that says nothing itself.
function hintOf(element) {
  const marks = [...TEST_IDS, 'name', 'id', 'title', 'placeholder', 'alt', 'type'].map((name) => element.getAttribute(name));
  const drawing = element.querySelector('svg title')?.textContent || element.querySelector('img')?.getAttribute('src');
  const classes = clean(element.getAttribute('class')).slice(0, 60);
  return clean(marks.find(Boolean) || drawing || classes).slice(0, 80);
}

function nameOf(element) {
  return accessibleName(element) || (TYPED.has(roleOf(element)) ? '' : shortText(element).slice(0, 120));
}

function tellUsable(element, out) {
  const name = nameOf(element);
  out.elements.push(element);
  const node = {
    role: roleOf(element) || 'generic', name, states: statesOf(element), index: out.elements.length - 1,
    options: optionsOf(element), hint: name ? '' : hintOf(element),
  };
  const near = name ? '' : nearbyText(element)[0] || '';
  return near ? { ...node, near: near.slice(0, 80) } : node;
}

function addNode(node, depth, out) {
  if (out.nodes.length >= out.most) {
    out.left += 1;
    return false;
  }
  out.nodes.push({ ...node, depth });
  return true;
}

function addText(text, depth, out) {
  const said = clean(text);
  if (said) addNode({ role: 'text', name: said.slice(0, out.longest) }, depth, out);
}

// Told with what it names.
function isLabel(element) {
  return (own.tagName(element) === 'LABEL' && !!element.control) || own.tagName(element) === 'LEGEND' || own.tagName(element) === 'CAPTION';
}

// A row or a paragraph that holds nothing to use is one line.
function wholeLine(element) {
  if (own.shadowRoot(element) || element.querySelector(INTERACTIVE) || element.querySelector('slot')) return null;
  if (roleOf(element) === 'row') {
    const cells = [...own.children(element)].map((cell) => clean(cell.innerText ?? own.textContent(cell)));
    return { role: 'row', text: cells.join(' | ') };
  }
  const speaks = [...own.childNodes(element)].some((node) => own.nodeType(node) === Node.TEXT_NODE && node.data.trim());
  const isPart = PARTS.has(roleOf(element)) && roleOf(element) !== 'listitem';
  if (!speaks || isPart || element.querySelector('p, div, li, table, h1, h2, h3, h4, h5, h6')) return null;
  return { role: 'text', text: element.innerText ?? own.textContent(element) };
}

function walkBelow(element, depth, quiet, out) {
  for (const node of drawnChildren(element)) {
    if (own.nodeType(node) === Node.TEXT_NODE && !quiet) addText(node.data, depth, out);
    if (own.nodeType(node) === Node.ELEMENT_NODE) walkDrawn(node, depth, quiet, out);
  }
}

// Its name says what stands in it, so only what can be used is told besides.
function walkPart(element, role, depth, quiet, out) {
  const named = accessibleName(element);
  const name = role === 'row' || role === 'listitem' ? '' : named;
  const at = out.nodes.length;
  if (!addNode({ role, name }, depth, out)) return;
  walkBelow(element, depth + 1, quiet || role === 'heading', out);
  if (!name && out.nodes.length === at + 1) out.nodes.pop();
}

function walkDrawn(element, depth, quiet, out) {
  if (UNSEEN.has(own.tagName(element))) return;
  const canBe = canBeUsed(element);
  if (!canBe && !isDrawn(element)) return;
  if (canBe) {
    if (!addNode(tellUsable(element, out), depth, out)) out.elements.pop();
    if (own.tagName(element) !== 'SELECT' && !TYPED.has(roleOf(element))) walkBelow(element, depth + 1, true, out);
    return;
  }
  if (own.tagName(element) === 'SELECT' || own.tagName(element) === 'TEXTAREA' || own.tagName(element) === 'IFRAME') return;
  const hushed = quiet || isLabel(element);
  const line = hushed ? null : wholeLine(element);
  if (line) {
    if (clean(line.text)) addNode({ role: line.role, name: clean(line.text).slice(0, out.longest) }, depth, out);
    return;
  }
  const role = partOf(element);
  if (role) walkPart(element, role, depth, hushed, out);
  else walkBelow(element, depth, hushed, out);
}

// Below the one element given, or of the whole document.
function outline({ given, most, longest }) {
  const out = { nodes: [], elements: [], most, longest, left: 0 };
  if (given.length) walkDrawn(given[0], 0, false, out);
  else if (document.body) walkBelow(document.body, 0, false, out);
  const report = { nodes: out.nodes, left: out.left, url: location.href, title: clean(document.title).slice(0, 120) };
  return { report, elements: out.elements };
}
