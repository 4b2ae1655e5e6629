// Where in the page an element stands: sections, surroundings, neighbours, and its twins.

const HEADINGS = 'h1, h2, h3, h4, h5, h6, legend, caption, summary, [role="heading"]';
const TITLES = `${HEADINGS}, label, dt, [class*="title" i], [class*="heading" i]`;
// Parts that lists are made of: where one is, there are or will be others like it.
const ROWS = 'tr, [role="row"], li, [role="listitem"], article, [role="article"], dd';
const LEVELS = 5;
// With more, nobody can say in time what tells one from all others.
const MOST_TWINS = 1000;
const MOST_PEERS = 100;
// Numbers that stand alone, as in “Inbox (3)”.
const NUMBERS = /(?<![\p{L}\p{N}_])[([]?\d+(?:[.,:/]\d+)*[)\]%+]?(?![\p{L}\p{N}_])/gu;

// A wrapper counts as a title only when it holds nothing else: a whole section that happens to
// stand before must not lend its heading to what follows.
function headingIn(sibling) {
  if (sibling.matches(TITLES)) return sibling;
  if (sibling.matches('header, hgroup, [class*="header" i]')) return sibling.querySelector(HEADINGS);
  let only = sibling;
  while (own.children(only).length === 1 && !ownText(only)) {
    only = own.children(only)[0];
    if (only.matches(HEADINGS)) return only;
  }
  return null;
}

// The nearest title among the siblings before a node: [title, that sibling]. What is learned on the way back holds for
// all siblings passed, or a table of a thousand rows would be walked a thousand times.
function titleBefore(node) {
  const passed = [];
  let title = null;
  for (let at = node; at; at = own.previousElementSibling(at)) {
    const known = memory.get('title before')?.get(at);
    if (known !== undefined) {
      title = known;
      break;
    }
    passed.push(at);
    const before = own.previousElementSibling(at);
    const heading = before && headingIn(before);
    if (heading) {
      title = [heading, before];
      break;
    }
  }
  passed.forEach((at) => once('title before', at, () => title));
  return title;
}

function titleOver(branch) {
  let before = titleBefore(branch);
  while (before && !isTitleFor(before[0], branch)) before = titleBefore(before[1]);
  return before ? titleText(before[0]) : '';
}

function isTitleFor(title, branch) {
  if (!isRendered(title)) return false;
  if (own.tagName(title) !== 'LABEL' || !title.control) return true;
  return title.control !== branch && holds(branch, title.control);
}

function titleText(title) {
  const inner = title.matches(HEADINGS) ? null : title.querySelector(`${HEADINGS}, label`);
  const text = clean(contentText(inner || title));
  return text.length > 200 ? '' : text.slice(0, 80);
}

function ownTitle(ancestor) {
  return once('own title', ancestor, () => {
    const label = clean(ancestor.getAttribute('aria-label')) || referredText(ancestor, 'aria-labelledby');
    if (label) return label.slice(0, 80);
    const title = [...own.children(ancestor)].slice(0, 3).find((child) => child.matches('legend, caption, summary'));
    return title ? clean(contentText(title)).slice(0, 80) : '';
  });
}

// [title, part of the page it is the title of], nearest first.
function titledParts(element) {
  return once('titles', element, () => {
    const found = [];
    let branch = element;
    for (let level = 0; level < 24 && branch && found.length < 8; level += 1) {
      const text = titleOver(branch);
      if (text) found.push([text, parentOf(branch)]);
      branch = parentOf(branch);
      if (!branch || branch === document.body) break;
      const title = ownTitle(branch);
      if (title) found.push([title, branch]);
    }
    return found;
  });
}

function sectionsOf(element) {
  return [...new Set(titledParts(element).map(([title]) => title))].slice(0, 3);
}

// Texts of the ancestors, each only if it says more than the one before: [text, ancestor].
function levelsOf(element) {
  return once('levels', element, () => {
    const found = [];
    let last = shortText(element);
    for (let node = parentOf(element); node && found.length < LEVELS; node = parentOf(node)) {
      const text = shortText(node);
      if (text && text !== last) found.push([text, node]);
      last = text || last;
      if (node === document.body) break;
    }
    return found;
  });
}

function textBeside(element, direction) {
  let node = element;
  for (let level = 0; level < 4 && node && node !== document.body; level += 1) {
    for (let beside = own[direction](node); beside; beside = own[direction](beside)) {
      const text = own.nodeType(beside) === Node.TEXT_NODE ? clean(beside.data)
        : own.nodeType(beside) === Node.ELEMENT_NODE ? shortText(beside) : '';
      if (text) return direction === 'previousSibling' ? text.slice(-80) : text.slice(0, 80);
    }
    node = parentOf(node);
  }
  return '';
}

function neighboursOf(element) {
  return [textBeside(element, 'previousSibling'), textBeside(element, 'nextSibling')];
}

// A quick look that spares most elements the computation of their name.
function mayBeNamed(element, name) {
  if (!name || own.children(element).length > 30) return true;
  const text = clean(own.textContent(element));
  if (!text || ['aria-label', 'aria-labelledby', 'title'].some((by) => element.hasAttribute(by))) return true;
  return text.includes(name.slice(0, 12)) || !!element.querySelector('img, svg, input, [aria-label]');
}

// What an element is called, where anything names it.
function wordsFor(element) {
  return accessibleName(element) || ownText(element);
}

// Every element that may have this role.
function poolOf(role, tag) {
  const interactive = role && role !== 'heading' && role !== 'img';
  return interactive ? once('pool', document, () => everything(INTERACTIVE)) : everything(tag || '*');
}

// Every visible element with this role and name.
function alike(role, name, tag) {
  return once('alike', `${role}|${tag}|${name}`, () => poolOf(role, tag).filter((other) =>
    roleOf(other) === role && mayBeNamed(other, name) && wordsFor(other) === name && isVisible(other)));
}

function withoutNumbers(text) {
  return clean(text.replace(NUMBERS, ' '));
}

// Whether another element of its role says the same but for numbers, as chapters do. Where none
// does, a number is a count beside a name.
function isNumbered(element) {
  const [role, name] = [roleOf(element), wordsFor(element)];
  const bare = withoutNumbers(name);
  return !bare || poolOf(role, own.tagName(element)).some((other) =>
    other !== element && roleOf(other) === role && mayBeNamed(other, bare.split(' ')[0])
    && wordsFor(other) !== name && withoutNumbers(wordsFor(other)) === bare && isVisible(other));
}

function twinsOf(element) {
  return once('twins', element, () => {
    const name = wordsFor(element);
    const found = alike(roleOf(element), name, own.tagName(element));
    // Without words, what it does and its icon are what it is called.
    const called = (other) => name || `${deedOf(other)} ${graphicOf(other)}`;
    return found.filter((other) => other !== element && !holds(other, element)
      && !holds(element, other) && called(other) === called(element));
  });
}

// For what nothing tells from its twins: its number among them, then where each stands and what is
// around it, as far as it is not around all of them. While all that stays, none has come, gone or
// changed its place.
function aroundPeers(element) {
  const twins = new Set(twinsOf(element));
  if (!twins.size || twins.size > MOST_PEERS) return [];
  const found = alike(roleOf(element), wordsFor(element), own.tagName(element));
  const all = found.filter((other) => other === element || twins.has(other));
  const apart = (one) => levelsOf(one).filter(([, node]) => !all.every((other) => holds(node, other)));
  const around = all.flatMap((one) => [xpathOf(one), ...neighboursOf(one), ...apart(one).map(([text]) => text)]);
  return [`${all.indexOf(element)}`, ...around];
}

// For each of several elements the largest part of the page that holds none of the others.
function scopesOf(members) {
  const holders = new Map();
  for (const member of members) {
    for (let node = member; node; node = parentOf(node)) {
      holders.set(node, (holders.get(node) || 0) + 1);
    }
  }
  return new Map(members.map((member) => {
    let scope = member;
    for (let node = parentOf(member); node && holders.get(node) === 1; node = parentOf(node)) scope = node;
    return [member, scope];
  }));
}

// Texts around an element in a part of the page, nearest first. Long ones are cut: what a wider one
// no longer says, a nearer one may.
function textsWithin(element, scope) {
  if (scope === element) return [textBeside(element, 'previousSibling')];
  return levelsOf(element).filter(([, node]) => holds(scope, node)).map(([text]) => text);
}

// Whether an element is what its row of a list is called, as an entry of a menu is.
function namesRow(row, element) {
  const said = shortText(element);
  return said !== '' && !row.matches('tr, [role="row"]') && shortText(row).startsWith(said);
}

// The words of the row an element stands in. The only row of a list has no twins yet, but the
// next time it may be another row.
function rowDistinction(element) {
  const row = rowOf(element);
  if (!row || namesRow(row, element)) return [-1, []];
  const mine = new Set(wordsOf(`${shortText(element)} ${accessibleName(element)}`));
  const words = [...new Set(wordsOf(shortText(row)))].filter((word) => !mine.has(word) && !/^\d+$/.test(word));
  const level = levelsOf(element).findLastIndex(([, node]) => holds(row, node));
  return words.length && level >= 0 ? [level, words.slice(0, 12)] : [-1, []];
}

// What tells an element from its twins: [level in `levelsOf`, words only it has around it].
// The nearest level with such words: the wider it is, the more of it changes. Numbers count only
// where there are no words, because rows are renumbered.
function distinction(element) {
  const twins = twinsOf(element);
  if (!twins.length) return rowDistinction(element);
  if (twins.length > MOST_TWINS) return [-1, []];
  const scopes = scopesOf([element, ...twins]);
  const scope = scopes.get(element);
  const around = (twin) => [shortText(twin), ...textsWithin(twin, scopes.get(twin))];
  const others = new Set(twins.flatMap((twin) => around(twin).flatMap(wordsOf)));
  const alone = textsWithin(element, scope).map((text) => [...new Set(wordsOf(text))].filter((word) => !others.has(word)));
  const telling = alone.map((words) => words.filter((word) => !/^\d+$/.test(word)));
  for (const found of [telling, alone]) {
    const level = found.findIndex((words) => words.length > 0);
    if (level >= 0) return [scope === element ? -1 : level, found[level].slice(0, 12)];
  }
  return [-1, []];
}

// Whether none of the twins has the same text before it, such as the same label.
function isAloneBehind(element) {
  const beside = textBeside(element, 'previousSibling');
  const twins = twinsOf(element);
  return beside !== '' && twins.length > 0 && twins.length <= MOST_TWINS
    && !twins.some((twin) => textBeside(twin, 'previousSibling') === beside);
}

function rowOf(element) {
  for (let node = parentOf(element); node; node = parentOf(node)) if (node.matches(ROWS)) return node;
  return null;
}
