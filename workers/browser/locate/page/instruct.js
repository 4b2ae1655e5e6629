// The heuristic resolver: everything on the page that answers an instruction, best first.

const LANDMARKS = {
  header: 'header, [role="banner"], #header, .header', footer: 'footer, [role="contentinfo"], #footer, .footer',
  navigation: 'nav, [role="navigation"]', nav: 'nav, [role="navigation"]', main: 'main, [role="main"], #main',
  sidebar: 'aside, [role="complementary"], #sidebar, .sidebar, #nav-sidebar',
  breadcrumb: '[aria-label*="breadcrumb" i], .breadcrumbs, .breadcrumb',
  breadcrumbs: '[aria-label*="breadcrumb" i], .breadcrumbs, .breadcrumb',
  dialog: 'dialog, [role="dialog"], [role="alertdialog"]', modal: 'dialog, [role="dialog"], .modal',
  popup: 'dialog, [role="dialog"], [popover]', toolbar: '[role="toolbar"], #toolbar, .toolbar',
};

function closestAcross(element, selector) {
  for (let node = element; node; node = parentOf(node)) if (node.matches(selector)) return node;
  return null;
}

function rowQuality(name, element) {
  const row = rowOf(element);
  if (!row) return 0;
  const parts = [...row.querySelectorAll('td, th, a, span, strong, b, p, h1, h2, h3, h4, h5, h6, label')];
  const best = Math.max(0, ...parts.map((part) => nameQuality(name, own.textContent(part))));
  return best >= 90 ? best : Math.max(best, nameQuality(name, shortText(row)));
}

// [how well the element's part of the page is called `name`, how many levels out that part is]
function sectionQuality({ name, kind }, element) {
  if (kind === 'row') return rowQuality(name, element);
  if (kind !== 'section') return closestAcross(element, LANDMARKS[kind] || kind) ? 100 : 0;
  const titles = titledParts(element).map(([title]) => title);
  const qualities = titles.map((title, index) => nameQuality(name, title) - index * 0.5);
  const best = Math.max(0, ...qualities);
  return best >= 60 ? best : Math.max(best, rowQuality(name, element) - 20);
}

// Keeps what stands in the part that is called as said; of several such parts the best called.
function withinSection(section, matches) {
  if (!section) return matches;
  const placed = matches.map((match) => ({ ...match, place: sectionQuality(section, match.element) }));
  const best = Math.max(0, ...placed.map((match) => match.place));
  return best < 50 ? [] : placed.filter((match) => match.place > best - 6);
}

function hasOption(select, text) {
  return own.tagName(select) === 'SELECT' && [...select.options].some((option) =>
    clean(option.label || option.text) === clean(text) || option.value === text);
}

function optionMatches(reading) {
  const selects = everything('select').filter((select) => hasOption(select, reading.option));
  return selects.map((element) => ({ element, quality: 92, by: 'option' }));
}

// Elements that say exactly this and look as if they could be pressed, where nothing is a button.
function textMatches(reading) {
  const found = [];
  for (const root of openRoots()) {
    const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
      const quality = nameQuality(reading.name, walker.currentNode.data);
      const element = own.parentElement(walker.currentNode);
      if (quality < 90 || !element || SILENT.has(own.tagName(element))) continue;
      const pointed = getComputedStyle(element).cursor === 'pointer';
      found.push({ element: element.closest('label')?.control || element, quality: quality - (pointed ? 16 : 30), by: 'text' });
    }
  }
  return found;
}

// Of two that contain each other (a list item and the link in it) the inner one is meant.
function withoutOuter(matches) {
  return matches.filter(({ element, quality }) => !matches.some((other) =>
    other.element !== element && holds(element, other.element) && other.quality >= quality - 10));
}

function unique(matches) {
  const best = new Map();
  for (const match of matches) {
    if (!(best.get(match.element)?.quality >= match.quality)) best.set(match.element, match);
  }
  return [...best.values()];
}

function inDocumentOrder(left, right) {
  const relation = left.element.compareDocumentPosition(right.element);
  return relation & Node.DOCUMENT_POSITION_FOLLOWING ? -1 : 1;
}

function matchesOf(reading) {
  const pool = everything(reading.extra ? `${INTERACTIVE}, ${reading.extra}` : INTERACTIVE);
  let matches = reading.option ? optionMatches(reading) : pool
    .map((element) => ({ element, ...answer(reading, element) }))
    .filter(({ quality }) => quality > 0);
  if (!reading.hidden) matches = matches.filter(({ element }) => isVisible(element));
  const good = matches.some(({ quality }) => quality >= reading.accept);
  if (reading.text && !good) matches.push(...textMatches(reading).filter(({ element }) => isVisible(element)));
  matches = withoutOuter(withinSection(reading.section, unique(matches)));
  if (reading.editable) matches = matches.filter(({ element }) => isEditable(element));
  return matches.sort((left, right) => right.quality - left.quality || inDocumentOrder(left, right));
}

function nth(matches, { ordinal, gap }) {
  const same = matches.filter(({ quality }) => quality > matches[0].quality - gap).sort(inDocumentOrder);
  const chosen = ordinal < 0 ? same[same.length - 1] : same[ordinal - 1];
  return chosen ? [chosen] : [];
}

function instruct({ readings, limits }) {
  const page = describePage();
  if (pageSize() > limits.largest_page) return { report: { candidates: [], page, too_large: true }, elements: [] };
  let weak = [];
  for (const [index, reading] of readings.entries()) {
    let matches = matchesOf(reading);
    const compared = matches.length;
    if (!matches.length || matches[0].quality < reading.accept) {
      weak = weak.length ? weak : matches;
      continue;
    }
    if (reading.ordinal) matches = nth(matches, reading);
    return reportOf(matches.slice(0, limits.candidates), { page, reading: index, compared });
  }
  return reportOf(weak.slice(0, 3), { page, reading: -1, compared: weak.length });
}

function reportOf(matches, about) {
  const candidates = matches.map(({ element, quality, by }) => ({ quality, by, fingerprint: describe(element) }));
  return { report: { candidates, ...about }, elements: matches.map(({ element }) => element) };
}

// Does a cached element stand in a part of the page that its instruction names?
function isPlaced(readings, element) {
  return !readings.length || readings.some(({ section }) => !section || sectionQuality(section, element) >= 50);
}

// How well a cached element still answers its instruction, in the part of the page it names.
function bestReading(readings, element) {
  const qualities = readings.map((reading) => {
    if (reading.ordinal) return 0;
    if (reading.section && sectionQuality(reading.section, element) < 50) return 0;
    if (reading.option) return hasOption(element, reading.option) ? 92 : 0;
    return answer(reading, element).quality;
  });
  return Math.max(0, ...qualities);
}
