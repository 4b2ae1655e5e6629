// Cache hit: looks at what the stored selectors find now, and at what could be mistaken for it.

function insideHosts(hosts) {
  let roots = [document];
  for (const host of hosts) {
    roots = roots.flatMap((root) => [...root.querySelectorAll(host)]).map((found) => own.shadowRoot(found)).filter(Boolean);
  }
  return roots;
}

function findBySelector({ kind, value, hosts }) {
  return insideHosts(hosts).flatMap((root) => {
    if (kind === 'css') return [...root.querySelectorAll(value)];
    const found = document.evaluate(value, root, null, XPathResult.ORDERED_NODE_SNAPSHOT_TYPE, null);
    return Array.from({ length: found.snapshotLength }, (_, index) => found.snapshotItem(index));
  });
}

// Which selectors find which element. A selector that finds several says nothing, nor does one
// that the browser cannot read (a row written by another version of the product).
function findByAll(selectors) {
  const found = new Map();
  selectors.forEach((selector, index) => {
    let elements = [];
    try {
      elements = findBySelector(selector);
    } catch (error) {
      if (!(error instanceof DOMException)) throw error;
    }
    if (elements.length === 1) found.set(elements[0], [...(found.get(elements[0]) || []), index]);
  });
  return found;
}

function verify({ stored, selectors, given, readings, limits }) {
  const found = given.length ? new Map(given.map((element) => [element, []])) : findByAll(selectors);
  const shown = [...found.keys()].slice(0, 4);
  if (!shown.length) return { report: { candidates: [], page: describePage() }, elements: [] };
  const rivals = new Set(shown.flatMap((element) => twinsOf(element)));
  const name = stored.name || stored.text;
  for (const element of alike(stored.role, name, stored.tag)) rivals.add(element);
  shown.forEach((element) => rivals.delete(element));
  const near = mostAlike(stored, [...rivals], limits.rivals);
  const elements = [...shown, ...near];
  const candidates = elements.map((element) => ({
    found_by: found.get(element) ?? null, fingerprint: describe(element, stored),
    answers: bestReading(readings, element), placed: isPlaced(readings, element),
  }));
  return { report: { candidates, page: describePage() }, elements };
}

// Elements that somebody else found, as they are.
function inspect({ given }) {
  const candidates = given.map((element) => ({ found_by: null, fingerprint: describe(element) }));
  return { report: { candidates, page: describePage() }, elements: given };
}

// What plain CSS finds. Only Playwright knows its own syntax, and how to look through shadow roots.
function findByStyle(selector) {
  if (openRoots().length > 1 || selector.includes(':scope')) return null;
  try {
    return [...document.querySelectorAll(selector)];
  } catch (error) {
    if (!(error instanceof DOMException)) throw error;
    return null;
  }
}

// The author's selector, followed in one go where that is possible.
function match({ selector, most, ...request }) {
  const found = findByStyle(selector);
  const given = (found || []).slice(0, most);
  const look = request.stored && given.length ? verify : inspect;
  const { report, elements } = look({ ...request, given });
  return { report: { ...report, matches: found && found.length }, elements };
}
