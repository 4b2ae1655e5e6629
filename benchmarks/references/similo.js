// Similo as its paper describes it: weighted likeness of fourteen properties, and the likeliest wins.
// M. Nass, E. Alégroth, R. Feldt, M. Leotta, F. Ricca: Similarity-based Web Element Localization for
// Robust Test Automation (2023). Written anew from the description; none of its code is in here.
() => {
  const CANDIDATES = 'a, button, input, select, textarea, h1, h2, h3, h4, h5, h6, li, span, div, p, th, tr, td, label, svg';
  const WEIGHTS = {
    tag: 1.5, name: 1.5, id: 1.5, text: 1.5, neighbours: 1.5, class: 0.5, href: 0.5, alt: 0.5, xpath: 0.5,
    idXpath: 0.5, isButton: 0.5, location: 0.5, area: 0.5, shape: 0.5,
  };
  const NEAR_PIXELS = 50;
  const LONGEST = 120;
  const clean = (text) => (text || '').replace(/\s+/g, ' ').trim().toLowerCase().slice(0, LONGEST);

  // Edits from one text to another; what both begin and end with costs nothing.
  const distance = (left, right) => {
    let [start, a, b] = [0, left.length, right.length];
    while (start < a && start < b && left[start] === right[start]) start += 1;
    while (a > start && b > start && left[a - 1] === right[b - 1]) [a, b] = [a - 1, b - 1];
    const [short, long] = a < b ? [left.slice(start, a), right.slice(start, b)] : [right.slice(start, b), left.slice(start, a)];
    let row = Array.from({ length: short.length + 1 }, (_, index) => index);
    for (let i = 1; i <= long.length; i += 1) {
      const next = [i];
      for (let j = 1; j <= short.length; j += 1) {
        next.push(Math.min(row[j] + 1, next[j - 1] + 1, row[j - 1] + Number(long[i - 1] !== short[j - 1])));
      }
      row = next;
    }
    return row[short.length];
  };

  const equal = (left, right) => Number(!!left && left === right);
  const alike = (left, right) => {
    if (!left || !right) return 0;
    return left === right ? 1 : 1 - distance(left, right) / Math.max(left.length, right.length);
  };
  const ratio = (left, right) => (Math.max(left, right) > 0 ? Math.min(left, right) / Math.max(left, right) : 0);
  const near = (left, right) => Math.max(0, 1 - Math.hypot(left.x - right.x, left.y - right.y) / 100);
  const shared = (left, right) => {
    const [ours, theirs] = [new Set(left.split(' ').filter(Boolean)), new Set(right.split(' ').filter(Boolean))];
    const common = [...ours].filter((word) => theirs.has(word)).length;
    return Math.max(ours.size, theirs.size) ? common / Math.max(ours.size, theirs.size) : 0;
  };

  const stepOf = (element) => {
    const same = [...(element.parentElement?.children ?? [element])].filter((other) => other.tagName === element.tagName);
    return `/${element.localName}[${same.indexOf(element) + 1}]`;
  };
  const xpathOf = (element) => (element ? xpathOf(element.parentElement) + stepOf(element) : '');
  const idXpathOf = (element) => {
    let steps = '';
    for (let node = element; node; node = node.parentElement) {
      if (node.id) return `//*[@id="${node.id}"]${steps}`;
      steps = stepOf(node) + steps;
    }
    return steps;
  };
  const textOf = (element) => {
    if (element.tagName === 'INPUT') return ['submit', 'button'].includes(element.type) ? clean(element.value) : '';
    return clean(element.textContent);
  };
  const looksPressable = (element) => {
    if (element.tagName === 'BUTTON' || ['submit', 'button'].includes(element.type)) return 'yes';
    return element.tagName === 'A' && /(^|[ -])(btn|button)/.test(element.getAttribute('class') || '') ? 'yes' : 'no';
  };

  const read = (element) => {
    const box = element.getBoundingClientRect();
    return {
      tag: element.localName, name: element.getAttribute('name') || '', id: element.id || '', text: textOf(element),
      class: element.getAttribute('class') || '', href: element.getAttribute('href') || '',
      alt: element.getAttribute('alt') || '', xpath: xpathOf(element), idXpath: idXpathOf(element),
      isButton: looksPressable(element), x: Math.round(box.left + scrollX), y: Math.round(box.top + scrollY),
      width: Math.round(box.width), height: Math.round(box.height), neighbours: '',
    };
  };

  // The texts of what lies within fifty pixels.
  const addNeighbours = (one, others) => {
    const close = others.filter(({ properties: other }) => other !== one && other.text &&
      other.x < one.x + one.width + NEAR_PIXELS && other.x + other.width > one.x - NEAR_PIXELS &&
      other.y < one.y + one.height + NEAR_PIXELS && other.y + other.height > one.y - NEAR_PIXELS &&
      other.width * other.height < 4 * one.width * one.height + 40000);
    const words = close.flatMap(({ properties }) => properties.text.split(' '));
    one.neighbours = [...new Set(words)].slice(0, 40).join(' ');
  };

  const seen = (element) => element.checkVisibility({ visibilityProperty: true }) && element.getBoundingClientRect().width > 0;
  const candidates = [...document.querySelectorAll(CANDIDATES)].filter(seen)
    .map((element) => ({ element, properties: read(element) }));
  candidates.forEach(({ properties }) => addNeighbours(properties, candidates));

  const likeness = (old, now) => {
    let sum = WEIGHTS.tag * equal(old.tag, now.tag) + WEIGHTS.name * equal(old.name, now.name);
    sum += WEIGHTS.id * equal(old.id, now.id) + WEIGHTS.isButton * equal(old.isButton, now.isButton);
    for (const name of ['text', 'class', 'href', 'alt', 'xpath', 'idXpath']) sum += WEIGHTS[name] * alike(old[name], now[name]);
    sum += WEIGHTS.neighbours * shared(old.neighbours, now.neighbours) + WEIGHTS.location * near(old, now);
    sum += WEIGHTS.area * ratio(old.width * old.height, now.width * now.height);
    return sum + WEIGHTS.shape * ratio(old.width / (old.height || 1), now.width / (now.height || 1));
  };

  const describe = (element) => {
    const known = candidates.find((one) => one.element === element);
    if (known) return known.properties;
    const properties = read(element);
    addNeighbours(properties, candidates);
    return properties;
  };

  // [is it the true one, its score as a share of what nothing but an equal one gets] of the likeliest of all,
  // and of all but the true one.
  const rank = (old, truth) => {
    const none = { element: null, score: -1 };
    const most = likeness(old, old);
    let [best, other] = [none, none];
    for (const { element, properties } of candidates) {
      const score = likeness(old, properties);
      if (score > best.score) best = { element, score };
      if (element !== truth && score > other.score) other = { element, score };
    }
    return [best, other].map(({ element, score }) => [!!element && element === truth, score / most]);
  };

  return { describe, rank, size: candidates.length };
}
