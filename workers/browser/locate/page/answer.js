// How well one element answers an instruction: by its name, and by everything else it is known as.

const EDGE = /^[\s:*…"'“”()«»<>→←↑↓+\-–—|.]+|[\s:*…"'“”()«»<>→←↑↓+\-–—|.]+$/g;

// Without decoration at the edges, and with one kind of quotation marks: nobody types ’.
function trimmed(text) {
  const even = clean(text).replace(/[‘’ʼ]/g, "'").replace(/[“”„]/g, '"');
  return even.replace(EDGE, '') || even;
}

// 100 equal, 90 equal but for case, 60 to 80 when the text begins with what is wanted, 50 to 70
// when it contains it as whole words; the more of the text it makes up, the more.
function nameQuality(wanted, text) {
  const want = trimmed(wanted);
  const have = trimmed(text);
  if (!want || !have) return 0;
  if (want === have || clean(wanted) === clean(text)) return 100;
  if (want.toLowerCase() === have.toLowerCase()) return 90;
  const wantWords = wordsOf(want);
  const haveWords = wordsOf(have);
  if (!wantWords.length) return 0;
  const at = haveWords.findIndex((_, index) => wantWords.every((word, offset) => haveWords[index + offset] === word));
  if (at < 0) return 0;
  const letters = haveWords.filter((word) => !/^\d+$/.test(word));
  const coverage = Math.min(1, wantWords.length / (letters.length || haveWords.length));
  return (at === 0 ? 60 : 50) + 20 * coverage;
}

function humanised(identifier) {
  return (identifier || '').replace(/^id[_-]/, '').replace(/([a-z])([A-Z])/g, '$1 $2').replace(/[_\-.[\]]+/g, ' ');
}

// Text that stands where a label would: before the control, in its row's head, or as the title
// of the part it is in.
function nearbyText(element) {
  const cell = element.closest('td');
  const head = cell && cell.closest('tr')?.querySelector('th');
  const before = [];
  let node = element;
  for (let level = 0; level < 3 && node && !before.length; level += 1) {
    for (let side = own.previousElementSibling(node); side && !before.length; side = own.previousElementSibling(side)) {
      if (side.querySelector?.(INTERACTIVE) || side.matches(INTERACTIVE)) continue;
      const text = clean(contentText(side));
      if (text && text.length <= 80) before.push(text);
    }
    node = parentOf(node);
    if (node && node.querySelectorAll(INTERACTIVE).length > 3) break;
  }
  return [head && head !== cell ? clean(own.textContent(head)) : '', ...before].filter(Boolean);
}

// [text, points taken off because it is not the name, what it is]
function knownAs(element) {
  return once('known', element, () => {
    const name = accessibleName(element);
    const known = [[name, 0, 'name']];
    labelTexts(element).forEach((text) => known.push([text, 1, 'label']));
    known.push([ownText(element), 1, 'text'], [buttonText(element), 1, 'text']);
    for (const attribute of ['placeholder', 'title', 'alt']) {
      known.push([element.getAttribute(attribute), 3, attribute]);
    }
    TEST_IDS.forEach((attribute) => known.push([humanised(element.getAttribute(attribute)), 18, 'test id']));
    known.push([humanised(element.getAttribute('name')), 18, 'name attribute']);
    known.push([humanised(own.id(element)), 18, 'id']);
    const named = name || labelTexts(element).length;
    const control = element.matches('input, select, textarea, [contenteditable]');
    if (!named && control) nearbyText(element).forEach((text) => known.push([text, 16, 'text beside it']));
    return known.filter(([text]) => text);
  });
}

function bestAnswer(wanted, penalty, element) {
  let best = { quality: 0, by: '' };
  if (penalty === undefined || penalty === null || !wanted) return best;
  for (const [text, cost, by] of knownAs(element)) {
    const matched = nameQuality(wanted, text);
    const quality = matched ? matched - cost - penalty : 0;
    if (quality > best.quality) best = { quality, by };
  }
  return best;
}

// The quality with which `element` answers one reading of an instruction.
function answer(reading, element) {
  const role = roleOf(element) || 'generic';
  const penalty = reading.roles[role];
  const byKind = { quality: penalty === undefined ? 0 : 88 - penalty, by: 'kind' };
  const plain = reading.name ? bestAnswer(reading.name, penalty, element) : byKind;
  const literal = bestAnswer(reading.literal, reading.literal_roles[role], element);
  return literal.quality > plain.quality ? literal : plain;
}
