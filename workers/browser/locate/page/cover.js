// What lies over an element, in words that tell a person what to close.

const CONSENT = /cookie|consent|gdpr|privacy/i;
const MODAL = 'dialog, [role="dialog"], [role="alertdialog"], [aria-modal="true"]';

function deepestAt(x, y) {
  let top = document.elementFromPoint(x, y);
  while (top && own.shadowRoot(top)) {
    const inside = own.shadowRoot(top).elementFromPoint(x, y);
    if (!inside || inside === top) break;
    top = inside;
  }
  return top;
}

function shownTag(element) {
  const id = own.id(element) ? `#${own.id(element)}` : '';
  const classes = [...own.classList(element)].slice(0, 2).map((name) => `.${name}`).join('');
  return `<${own.tagName(element).toLowerCase()}${id}${classes}>`;
}

// The outermost part that lies over the page and not in it: what was put there as one thing.
function overlayOf(top, element) {
  let overlay = null;
  for (let node = top; node && !holds(node, element); node = parentOf(node)) {
    if (node.matches(MODAL)) return node;
    if (['fixed', 'sticky', 'absolute'].includes(getComputedStyle(node).position)) overlay = node;
  }
  return overlay || top;
}

function kindOfOverlay(overlay, says) {
  const marks = `${own.id(overlay)} ${own.className(overlay)} ${overlay.getAttribute('aria-label') || ''} ${says}`;
  if (CONSENT.test(marks)) return 'the cookie banner ';
  return overlay.matches(MODAL) ? 'the dialog ' : '';
}

// What would receive a click in place of this element; '' when nothing would, or when the middle of
// it is outside of the window.
function coveredBy(element) {
  const box = element.getClientRects()[0];
  if (!box) return '';
  const x = box.left + box.width / 2;
  const y = box.top + box.height / 2;
  if (x < 0 || y < 0 || x >= innerWidth || y >= innerHeight) return '';
  const top = deepestAt(x, y);
  if (!top || holds(element, top) || holds(top, element)) return '';
  const label = top.closest('label');
  if (label && label.control === element) return '';
  const overlay = overlayOf(top, element);
  const says = clean(contentText(overlay));
  const quoted = says ? ` “${says.length > 60 ? `${says.slice(0, 59)}…` : says}”` : '';
  return `${kindOfOverlay(overlay, says)}${shownTag(overlay)}${quoted}`;
}
