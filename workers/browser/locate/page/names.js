// Roles and accessible names, as far as forms and navigation need them.

const INPUT_ROLES = {
  button: 'button', submit: 'button', reset: 'button', image: 'button', checkbox: 'checkbox',
  radio: 'radio', number: 'spinbutton', range: 'slider', search: 'searchbox', file: 'file',
};
const TAG_ROLES = {
  BUTTON: 'button', SUMMARY: 'button', TEXTAREA: 'textbox', OPTION: 'option', IMG: 'img',
  H1: 'heading', H2: 'heading', H3: 'heading', H4: 'heading', H5: 'heading', H6: 'heading',
  TR: 'row', TD: 'cell', TH: 'cell', LI: 'listitem', NAV: 'navigation', FIELDSET: 'group',
  TABLE: 'table', DIALOG: 'dialog', FORM: 'form',
};
const NAMED_BY_CONTENT = new Set([
  'button', 'link', 'checkbox', 'switch', 'radio', 'tab', 'menuitem', 'menuitemcheckbox',
  'menuitemradio', 'option', 'treeitem', 'heading', 'row', 'cell',
]);
const BLOCKS = /^(?:DIV|P|LI|UL|OL|TD|TH|TR|TABLE|H[1-6]|BR|SECTION|ARTICLE|HEADER|DT|DD|LABEL)$/;

function roleOf(element) {
  return once('role', element, () => {
    const explicit = clean(element.getAttribute('role')).split(' ')[0];
    if (explicit && explicit !== 'presentation' && explicit !== 'none') return explicit;
    const tag = own.tagName(element);
    if (tag === 'A' || tag === 'AREA') return element.hasAttribute('href') ? 'link' : '';
    if (tag === 'INPUT') return element.list ? 'combobox' : INPUT_ROLES[element.type] || 'textbox';
    if (tag === 'SELECT') return element.multiple || element.size > 1 ? 'listbox' : 'combobox';
    if (element.isContentEditable && element.hasAttribute('contenteditable')) return 'textbox';
    return TAG_ROLES[tag] || '';
  });
}

// Text that a screen reader would say for the content of an element.
function contentText(element, skipped = null, depth = 0) {
  let text = '';
  for (const node of own.shadowRoot(element) ? own.shadowRoot(element).childNodes : own.childNodes(element)) {
    if (text.length > 400 || depth > 12) break;
    if (own.nodeType(node) === Node.TEXT_NODE) text += node.data;
    if (own.nodeType(node) !== Node.ELEMENT_NODE || node === skipped) continue;
    if (SILENT.has(own.tagName(node)) || own.tagName(node) === 'SELECT') continue;
    if (node.getAttribute('aria-hidden') === 'true' || !node.checkVisibility()) continue;
    const space = BLOCKS.test(own.tagName(node)) ? ' ' : '';
    text += space + spokenText(node, skipped, depth) + space;
  }
  return text;
}

function spokenText(node, skipped, depth) {
  const label = clean(node.getAttribute('aria-label'));
  if (label) return label;
  if (own.tagName(node) === 'IMG') return clean(node.alt);
  if (own.tagName(node) === 'INPUT') return INPUT_ROLES[node.type] === 'button' ? clean(node.value) : '';
  if (own.tagName(node) === 'svg') return clean(node.querySelector('title')?.textContent);
  return contentText(node, skipped, depth + 1);
}

function referredText(element, attribute) {
  const ids = clean(element.getAttribute(attribute)).split(' ').filter(Boolean);
  const root = element.getRootNode();
  const parts = ids.map((id) => root.getElementById?.(id)).filter(Boolean);
  return clean(parts.map((part) => part.getAttribute('aria-label') || contentText(part, element)).join(' '));
}

function labelTexts(element) {
  return once('labels', element, () =>
    [...(element.labels || [])].map((label) => clean(contentText(label, element))).filter(Boolean));
}

function buttonText(element) {
  if (own.tagName(element) !== 'INPUT' || INPUT_ROLES[element.type] !== 'button') return '';
  if (element.type === 'image') return clean(element.alt);
  return clean(element.value) || { submit: 'Submit', reset: 'Reset' }[element.type] || '';
}

function accessibleName(element) {
  return once('name', element, () => {
    const content = () =>
      (NAMED_BY_CONTENT.has(roleOf(element)) || own.tagName(element) === 'LABEL'
        ? clean(contentText(element)) : '');
    return (
      referredText(element, 'aria-labelledby') ||
      clean(element.getAttribute('aria-label')) ||
      labelTexts(element).join(' ') ||
      buttonText(element) ||
      (own.tagName(element) === 'IMG' ? clean(element.alt) : '') ||
      clean(element.querySelector(':scope > legend, :scope > caption')?.textContent) ||
      content() ||
      clean(element.getAttribute('title')) ||
      clean(element.getAttribute('placeholder'))
    ).slice(0, SHORT_TEXT);
  });
}

function isInteractive(element) {
  return element.matches(INTERACTIVE);
}
