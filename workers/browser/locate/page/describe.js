// The fingerprint of one element, in the shape `Fingerprint.from_page` reads.

const TEST_IDS = ['data-testid', 'data-test', 'data-test-id', 'data-qa', 'data-cy'];
const STYLES = ['color', 'backgroundColor', 'fontSize', 'fontWeight', 'borderTopLeftRadius', 'display'];
const PRESSED = new Set(['button', 'link', 'tab', 'menuitem']);

// What scripts of the common libraries bind an element to: the same word in all their releases.
const DEEDS = ['data-action', 'data-command', 'data-widget', 'data-card-widget', 'data-lte-toggle',
  'data-toggle', 'data-bs-toggle', 'data-dismiss', 'data-bs-dismiss', 'data-target', 'data-bs-target',
  'aria-controls'];

function deedOf(element) {
  return DEEDS.map((name) => clean(element.getAttribute(name))).filter(Boolean).join(' ').slice(0, 80);
}

function digest(text) {
  let hash = 5381;
  for (let index = 0; index < text.length; index += 1) hash = ((hash * 33) ^ text.charCodeAt(index)) >>> 0;
  return hash.toString(36);
}

// A mark of the element's own picture: the drawing or font classes of an icon, the file of an image.
function graphicOf(element) {
  const image = own.tagName(element) === 'IMG' ? element : element.querySelector('img');
  if (image) return (image.getAttribute('src') || '').split(/[?#]/)[0].split('/').slice(-2).join('/').slice(-80);
  const drawing = element.querySelector('svg');
  if (!drawing) {
    const icon = element.querySelector('i[class]:empty, span[class*="icon" i]:empty');
    return icon ? `icon:${clean(own.className(icon)).slice(0, 80)}` : '';
  }
  const shapes = [...drawing.querySelectorAll('path, use, circle, rect, line, polyline, polygon')];
  return digest(shapes.map((shape) => ['d', 'href', 'xlink:href', 'points', 'cx', 'x', 'x1']
    .map((name) => shape.getAttribute(name) || '').join(',')).join(';'));
}

// Where a link leads: on this site as a path from its root, so that “../users” and “/users” are one.
function targetOf(element, written) {
  if (/^(?:#|[a-z][a-z0-9+.-]*:|\/)/i.test(written) || typeof element.href !== 'string') return written;
  const target = URL.canParse(element.href) ? new URL(element.href) : null;
  return target ? `${target.pathname}${target.search}${target.hash}`.slice(0, 200) : written;
}

function attributesOf(element) {
  const kept = {};
  for (const { name, value } of [...own.attributes(element)].slice(0, 40)) {
    if (name === 'style' || name === 'nonce') continue;
    kept[name] = name.startsWith('on') ? '' : value.slice(0, 200);
  }
  if (kept.href) kept.href = targetOf(element, kept.href);
  if (element.type === 'password') delete kept.value;
  const graphic = graphicOf(element);
  if (graphic) kept['@graphic'] = graphic;
  const deed = deedOf(element);
  if (deed) kept['@deed'] = deed;
  return kept;
}

// Which of the attributes that authors give elements to be found by are not its own alone.
function sharedOf(element) {
  const ticked = element.type === 'radio' || element.type === 'checkbox';
  const graphic = graphicOf(element);
  const shared = [...TEST_IDS, 'id', 'name', 'href'].filter((name) => {
    const value = element.getAttribute(name);
    if (!value) return false;
    const found = element.getRootNode().querySelectorAll(`[${name}="${CSS.escape(value)}"]`);
    // Boxes of one group have one name; their values tell them apart.
    const same = (other) => !(ticked && name === 'name') || other.value === element.value;
    return [...found].some((other) => other !== element && same(other));
  });
  const deed = deedOf(element);
  const twins = twinsOf(element);
  if (graphic && twins.some((twin) => graphicOf(twin) === graphic)) shared.push('@graphic');
  if (deed && twins.some((twin) => deedOf(twin) === deed)) shared.push('@deed');
  return shared;
}

function ancestorsOf(element) {
  const chain = [];
  for (let node = parentOf(element); node && chain.length < 3; node = parentOf(node)) {
    chain.push({
      tag: own.tagName(node).toLowerCase(), id: own.id(node) || '', classes: [...own.classList(node)].slice(0, 12),
      role: roleOf(node), index: siblingIndex(node),
    });
  }
  return chain;
}

function siblingIndex(element) {
  let index = 0;
  for (let node = own.previousElementSibling(element); node; node = own.previousElementSibling(node)) {
    if (own.tagName(node) === own.tagName(element)) index += 1;
  }
  return index;
}

function checkedOf(element) {
  if (element.type === 'checkbox' || element.type === 'radio') return element.checked;
  const said = element.getAttribute('aria-checked') ?? element.getAttribute('aria-pressed');
  return said === null ? null : said === 'true';
}

function stateOf(element) {
  const visible = isVisible(element);
  const enabled = isEnabled(element);
  const receives = visible && getComputedStyle(element).pointerEvents !== 'none';
  return {
    visible, enabled, editable: isEditable(element),
    clickable: enabled && receives && (isInteractive(element) || PRESSED.has(roleOf(element))),
    checked: checkedOf(element), covered_by: visible ? coveredBy(element) : '',
  };
}

// Compared with one that was learned, it is described as far as that one was.
function describe(element, stored = null) {
  const box = element.getBoundingClientRect();
  const computed = getComputedStyle(element);
  return {
    tag: own.tagName(element).toLowerCase(), role: roleOf(element), name: accessibleName(element),
    text: ownText(element), attributes: attributesOf(element),
    box: {
      x: Math.round(box.left + scrollX), y: Math.round(box.top + scrollY),
      width: Math.round(box.width), height: Math.round(box.height),
    },
    styles: Object.fromEntries(STYLES.map((name) => [name, computed[name]])),
    ancestors: ancestorsOf(element), sibling_index: siblingIndex(element),
    sections: sectionsOf(element), surroundings: levelsOf(element).map(([text]) => text),
    neighbours: neighboursOf(element), twins: twinsOf(element).length,
    around: stored?.peers ? aroundPeers(element) : [], state: stateOf(element),
  };
}

const SIGN_OUT = ['a[href*="logout" i]', 'a[href*="signout" i]', 'a[href*="sign_out" i]',
  'a[href*="sign-out" i]', 'form[action*="logout" i]', 'form[action*="signout" i]',
  'form[action*="sign_out" i]'].join(',');

function describePage() {
  return {
    url: location.href, language: (document.documentElement.lang || '').toLowerCase().slice(0, 12),
    viewport_width: innerWidth, viewport_height: innerHeight, load_state: document.readyState,
    signed_in: !!document.querySelector(SIGN_OUT),
  };
}
