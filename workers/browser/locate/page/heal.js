// Healing: compares the stored element with everything on the page it could have become.

function poolFor(stored) {
  const interactive = everything(INTERACTIVE);
  const used = stored.state.clickable || stored.state.editable || stored.state.checked !== null;
  if (used) return interactive;
  const tags = stored.role === 'heading' ? `${stored.tag}, h1, h2, h3, h4, h5, h6, [role="heading"]` : stored.tag;
  return [...new Set([...everything(tags), ...interactive])];
}

function heal({ stored, readings, limits }) {
  const page = describePage();
  if (pageSize() > limits.largest_page) return { report: { candidates: [], page, too_large: true }, elements: [] };
  const pool = poolFor(stored).filter(isVisible);
  const elements = mostAlike(stored, pool, limits.candidates);
  const candidates = elements.map((element) => ({
    found_by: null, fingerprint: describe(element, stored),
    answers: bestReading(readings, element), placed: isPlaced(readings, element),
  }));
  return { report: { candidates, page, compared: pool.length }, elements };
}
