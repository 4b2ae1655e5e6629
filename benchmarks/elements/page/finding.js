// What the trials need of a page: finding by XPath, writing XPaths, taking an element out.
() => {
  const all = (xpath) => {
    const found = document.evaluate(xpath, document, null, XPathResult.ORDERED_NODE_SNAPSHOT_TYPE, null);
    return Array.from({ length: found.snapshotLength }, (_, index) => found.snapshotItem(index));
  };

  // How many elements an XPath finds; null when it cannot be read.
  const count = (xpath) => {
    try {
      return all(xpath).filter((node) => node.nodeType === Node.ELEMENT_NODE).length;
    } catch {
      return null;
    }
  };
  const one = (xpath) => all(xpath).find((node) => node.nodeType === Node.ELEMENT_NODE);

  const step = (element) => {
    const same = [...(element.parentElement?.children ?? [element])].filter((other) => other.tagName === element.tagName);
    const name = element.namespaceURI === 'http://www.w3.org/1999/xhtml'
      ? element.localName : `*[local-name()="${element.localName}"]`;
    return `/${name}[${same.indexOf(element) + 1}]`;
  };
  const absolute = (element) => (element ? absolute(element.parentElement) + step(element) : '');

  // From the nearest element with an id of its own.
  const byId = (element) => {
    let steps = '';
    for (let node = element; node; node = node.parentElement) {
      const plain = node.id && !node.id.includes('"');
      if (plain && document.querySelectorAll(`#${CSS.escape(node.id)}`).length === 1) return `//*[@id="${node.id}"]${steps}`;
      steps = step(node) + steps;
    }
    return steps;
  };

  // "found", "wrong" or "abstained" for each of some XPaths.
  const judge = (xpaths, truth) => xpaths.map((xpath) => {
    const nodes = all(xpath);
    return nodes.length === 1 ? (nodes[0] === truth ? 'found' : 'wrong') : 'abstained';
  });

  const remove = (element) => {
    const [parent, next] = [element.parentNode, element.nextSibling];
    const open = document.documentElement !== element && document.body !== element;
    if (!parent || !open) return null;
    element.remove();
    return () => parent.insertBefore(element, next?.parentNode === parent ? next : null);
  };

  return { count, one, absolute, byId, judge, remove };
}
