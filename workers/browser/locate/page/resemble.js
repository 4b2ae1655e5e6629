// A cheap likeness, to choose which of all elements of a page are worth comparing in full.
// It may rank too generously: what is chosen here is judged again, outside of the page.

function share(left, right) {
  if (!left.length || !right.length) return 0;
  const theirs = new Set(right);
  const common = new Set(left.filter((word) => theirs.has(word))).size;
  return common / (new Set([...left, ...right]).size || 1);
}

function textLikeness(stored, live) {
  if (!stored && !live) return 0;
  return stored === live ? 1 : share(wordsOf(stored || ''), wordsOf(live || ''));
}

function likenessOfAttributes(stored, element) {
  const before = stored.attributes;
  const equal = (name) => Number(!!before[name] && before[name] === element.getAttribute(name));
  let sum = 2.85 * equal('name') + 2 * equal('id') + 1.5 * equal('href') + 2 * equal('type');
  sum += 0.9 * equal('aria-label') + 1.2 * equal('placeholder') + 1.85 * equal('alt') + 1.2 * equal('value');
  for (const name of TEST_IDS) sum += 2.85 * equal(name);
  return sum + 0.3 * share((before.class || '').split(/\s+/), [...own.classList(element)]);
}

function resemblance(stored, element) {
  let sum = 0.8 * Number(stored.tag === own.tagName(element).toLowerCase());
  sum += 1.5 * Number(stored.role === roleOf(element)) + likenessOfAttributes(stored, element);
  sum += 2.85 * textLikeness(stored.name, accessibleName(element));
  return sum + 1.4 * textLikeness(stored.text, ownText(element));
}

// Place, for those that are alike otherwise: the words that told the stored element from its
// twins, its sections, its neighbours.
function likenessOfPlace(stored, element) {
  const texts = levelsOf(element).map(([text]) => text);
  const scope = stored.twin_scope < 0 ? neighboursOf(element)[0] : texts[Math.min(stored.twin_scope, texts.length - 1)];
  let sum = 0;
  if (stored.distinguishing.length) {
    const around = new Set(wordsOf(scope || ''));
    sum += 4 * (stored.distinguishing.filter((word) => around.has(word)).length / stored.distinguishing.length);
  }
  sum += 1.5 * textLikeness(stored.surroundings[0] || '', texts[0] || '');
  sum += share(stored.sections, sectionsOf(element));
  sum += textLikeness(stored.neighbours[0], textBeside(element, 'previousSibling'));
  return sum + 0.2 * Number(stored.sibling_index === siblingIndex(element));
}

const FINALISTS = 60;
const MOST_FINALISTS = 400;

// The `count` elements of `pool` that resemble the stored element most.
function mostAlike(stored, pool, count) {
  const scored = pool.map((element) => [resemblance(stored, element), element]);
  scored.sort((left, right) => right[0] - left[0]);
  const bar = scored[Math.min(FINALISTS, scored.length) - 1]?.[0] ?? 0;
  const finalists = scored.filter(([score]) => score >= bar).slice(0, MOST_FINALISTS);
  const placed = finalists.map(([score, element]) => [score + likenessOfPlace(stored, element), element]);
  placed.sort((left, right) => right[0] - left[0]);
  return placed.slice(0, count).map(([, element]) => element);
}
