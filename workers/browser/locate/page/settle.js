// Waiting for the page: until it rests, or until anything about it changes.

function isThere(selector) {
  try {
    return document.querySelector(selector) !== null;
  } catch (error) {
    if (!(error instanceof DOMException)) throw error;
    return false;
  }
}

// Resolves once nothing has changed for `quiet` milliseconds on a loaded page, at the latest after
// `most`; before that, and to true, when one of the awaited selectors finds something.
function settle({ quiet, most, awaited }) {
  return new Promise((resolve) => {
    let timer = 0;
    const finish = (found) => {
      observer.disconnect();
      clearTimeout(timer);
      clearTimeout(end);
      resolve(found);
    };
    const again = () => {
      clearTimeout(timer);
      if (awaited.some(isThere)) finish(true);
      else timer = setTimeout(() => (document.readyState === 'complete' ? finish(false) : again()), quiet);
    };
    const observer = new MutationObserver(again);
    observer.observe(document, { subtree: true, childList: true, attributes: true, characterData: true });
    const end = setTimeout(() => finish(false), most);
    again();
  });
}

// Resolves at the first change of the page, or after `most` milliseconds.
function change({ most }) {
  return new Promise((resolve) => {
    const observer = new MutationObserver(() => finish());
    const timer = setTimeout(() => finish(), most);
    const finish = () => {
      observer.disconnect();
      clearTimeout(timer);
      resolve(true);
    };
    observer.observe(document, { subtree: true, childList: true, attributes: true, characterData: true });
  });
}

// Resolves once the document is parsed; to true if it had to be waited for.
function parsed({ most }) {
  if (document.readyState !== 'loading') return false;
  return new Promise((resolve) => {
    setTimeout(() => resolve(true), most);
    document.addEventListener('DOMContentLoaded', () => resolve(true), { once: true });
  });
}
