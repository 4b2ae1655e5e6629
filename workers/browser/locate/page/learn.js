// Selectors to find an element again, best first; each is tried, and kept only if it finds it alone.

function finds(selector, element) {
  const found = element.getRootNode().querySelectorAll(selector);
  return found.length === 1 && found[0] === element;
}

function quoted(value) {
  return `"${value.replace(/\\/g, '\\\\').replace(/"/g, '\\"').replace(/\n/g, '\\a ')}"`;
}

function attributeSelectors(element, generated) {
  const tag = own.tagName(element).toLowerCase();
  const said = (name) => `[${name}=${quoted(element.getAttribute(name))}]`;
  const has = (name) => clean(element.getAttribute(name)) !== '' && element.getAttribute(name).length < 200;
  const tried = TEST_IDS.filter(has).map(said);
  if (own.id(element) && !generated.test(own.id(element))) tried.push(`#${CSS.escape(own.id(element))}`);
  if (has('name')) {
    tried.push(`${tag}${said('name')}`);
    if (has('type')) tried.push(`${tag}${said('name')}${said('type')}`);
    if (has('value') && /^(?:radio|checkbox|submit|button)$/.test(element.type)) tried.push(`${tag}${said('name')}${said('value')}`);
  }
  if (has('href')) tried.push(`${tag}${said('href')}`);
  if (has('aria-label')) tried.push(`${tag}${said('aria-label')}`);
  if (has('placeholder')) tried.push(`${tag}${said('placeholder')}`);
  if (has('type') && has('value') && /^(?:submit|button)$/.test(element.type)) tried.push(`${tag}${said('type')}${said('value')}`);
  return tried;
}

function pathSelector(element, generated) {
  const root = element.getRootNode();
  const parts = [];
  for (let node = element; node && node !== root.documentElement; node = own.parentElement(node)) {
    if (node !== element && own.id(node) && !generated.test(own.id(node))) {
      parts.unshift(`#${CSS.escape(own.id(node))}`);
      if (root.querySelectorAll(`#${CSS.escape(own.id(node))}`).length === 1) break;
    } else if (node === root.body) {
      parts.unshift('body');
    } else {
      parts.unshift(`${own.tagName(node).toLowerCase()}:nth-of-type(${siblingIndex(node) + 1})`);
    }
  }
  return parts.join(' > ');
}

function xpathOf(element) {
  const parts = [];
  for (let node = element; node; node = own.parentElement(node)) {
    const html = node.namespaceURI === 'http://www.w3.org/1999/xhtml';
    const name = html ? node.localName : `*[local-name()="${node.localName}"]`;
    parts.unshift(`${name}[${siblingIndex(node) + 1}]`);
  }
  return `/${parts.join('/')}`;
}

// A selector for `element` inside its own root.
function localSelectors(element, generated) {
  const tried = attributeSelectors(element, generated).filter((selector) => finds(selector, element));
  const path = pathSelector(element, generated);
  if (finds(path, element)) tried.push(path);
  return tried.slice(0, 4);
}

function selectorsFor(element, generated) {
  const hosts = [];
  for (let root = element.getRootNode(); root.host; root = root.host.getRootNode()) {
    hosts.unshift(localSelectors(root.host, generated)[0]);
  }
  if (hosts.includes(undefined)) return [];
  const selectors = localSelectors(element, generated).map((value) => ({ kind: 'css', value, hosts }));
  if (!hosts.length) selectors.push({ kind: 'xpath', value: xpathOf(element), hosts });
  return selectors;
}

// What is only needed of an element once it is learned: comparing with all its twins takes time.
function learn({ given, generated }) {
  const [element] = given;
  const [scope, distinguishing] = distinction(element);
  const selectors = selectorsFor(element, new RegExp(generated));
  const beside = isAloneBehind(element);
  const around = distinguishing.length || beside ? [] : aroundPeers(element);
  const numbered = isNumbered(element);
  const told = { twin_scope: scope, distinguishing, shared: sharedOf(element), beside, numbered, around };
  return { report: { selectors, ...told } };
}
