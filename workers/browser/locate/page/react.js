// Watches how the page answers an action on one element.

const DIALOGS = 'dialog[open], [role="dialog"], [role="alertdialog"], [aria-modal="true"]';

function openDialogs() {
  return [...document.querySelectorAll(DIALOGS)].filter((dialog) => dialog.checkVisibility()).length;
}

function focused() {
  let element = document.activeElement;
  while (element?.shadowRoot?.activeElement) element = element.shadowRoot.activeElement;
  return element;
}

function nearPart(element) {
  let part = element;
  for (let level = 0; level < 3; level += 1) {
    const outer = part.parentElement || part.getRootNode().host;
    if (!outer || outer === document.body) break;
    part = outer;
  }
  return part;
}

function valueOf(element) {
  const chosen = element.selectedOptions ? [...element.selectedOptions].map((option) => option.value).join() : '';
  return element.isContentEditable ? element.textContent : `${element.value ?? ''}|${chosen}`;
}

function checkedOf(element) {
  return element.checked ?? element.getAttribute('aria-checked') ?? element.getAttribute('aria-pressed');
}

function watch({ given }) {
  const [element] = given;
  const part = nearPart(element);
  const before = { value: valueOf(element), checked: checkedOf(element), focus: focused(), dialogs: openDialogs() };
  const changed = { nearby: false, elsewhere: false, value: false };
  // A field that is given the value it has already still hears about it.
  const hear = () => { changed.value = true; };
  for (const kind of ['input', 'change']) element.addEventListener(kind, hear, { capture: true });
  const observer = new MutationObserver((records) => {
    for (const { target } of records) changed[part.contains(target) ? 'nearby' : 'elsewhere'] = true;
  });
  observer.observe(document, { subtree: true, childList: true, attributes: true, characterData: true });
  return {
    report: () => ({
      value_changed: changed.value || valueOf(element) !== before.value,
      checked_changed: checkedOf(element) !== before.checked,
      focus_moved: focused() !== before.focus,
      dialog_opened: openDialogs() > before.dialogs,
      changed_nearby: changed.nearby,
      changed_elsewhere: changed.elsewhere,
    }),
    stop: () => {
      observer.disconnect();
      for (const kind of ['input', 'change']) element.removeEventListener(kind, hear, { capture: true });
    },
  };
}
