// What can be told of each element of a page that people use, for labelling: no judgement, only facts.
() => {
  const REGIONS = [
    ['brand', '.brand-link, .logo, .navbar-brand, .site_title, .sidebar-brand, #branding'],
    ['trail', '.breadcrumb, .breadcrumbs'],
    ['tools', '#user-tools'],
    ['filter', '#changelist-filter'],
    ['settings', '.control-sidebar'],
    ['sidebar', [
      '.main-sidebar', '.app-sidebar', '#sidebar', '.sidebar', '#sidebar-menu', '.left_col', '.sb-sidenav',
      '#accordionSidebar', '#nav-sidebar', '.sidenav', '.navbar-sidenav',
    ].join(',')],
    ['footer', 'footer'],
    ['header', '.main-header, .app-header, .top_nav, .topbar, nav.navbar, #header, .navbar-top-links'],
  ];
  const USED = 'a[href], button, input:not([type=hidden]), select, textarea, summary, [role=button], [role=tab]';
  const TITLES = 'h1, h2, h3, h4, h5, h6, legend, caption, .card-header, .box-title, .card-title, .panel-heading';
  const WIDGETS = ['widget', 'card-widget', 'lte-toggle', 'toggle', 'bs-toggle', 'dismiss', 'bs-dismiss'];
  const AIMS = ['target', 'bs-target'];
  const BADGES = '.badge, .label, .pull-right-container, svg, i, .caret, .right, .small, .sr-only';

  const clean = (text) => (text || '').replace(/\s+/g, ' ').trim();

  const path = (element) => {
    let steps = '';
    for (let one = element; one; one = one.parentElement) {
      const same = [...(one.parentElement?.children ?? [one])].filter((other) => other.tagName === one.tagName);
      const name = one.namespaceURI === 'http://www.w3.org/1999/xhtml'
        ? one.localName : `*[local-name()="${one.localName}"]`;
      steps = `/${name}[${same.indexOf(one) + 1}]${steps}`;
    }
    return steps;
  };

  const textOf = (element) => {
    const copy = element.cloneNode(true);
    copy.querySelectorAll(BADGES).forEach((badge) => badge.remove());
    return clean(copy.textContent).slice(0, 120);
  };

  const titleOf = (element) => {
    for (let around = element.parentElement; around && around !== document.body; around = around.parentElement) {
      const before = [...around.querySelectorAll(TITLES)].filter((title) =>
        !title.contains(element) && !element.contains(title) &&
        title.compareDocumentPosition(element) & Node.DOCUMENT_POSITION_FOLLOWING);
      if (before.length) return textOf(before[before.length - 1]);
      const holder = element.closest('.card-header, .box-header, .panel-heading, .x_title');
      if (holder && around === holder) return textOf(holder);
    }
    return '';
  };

  const rowOf = (element) => {
    const row = element.closest('tr');
    if (!row) return '';
    const cells = [...row.cells].filter((cell) => !cell.contains(element));
    return cells.map(textOf).filter(Boolean).slice(0, 2).join(' | ');
  };

  const labelOf = (element) => {
    if (element.labels?.length) return clean([...element.labels].map(textOf).join(' '));
    const group = element.closest('.form-group, .mb-3, .item, .form-floating, .row');
    const alone = group && group.querySelectorAll('input:not([type=hidden]), select, textarea').length === 1;
    return alone ? clean(group.querySelector('label')?.textContent) : '';
  };

  const kindOf = (element) => {
    if (/^H[1-6]$/.test(element.tagName)) return 'title';
    if (element.tagName === 'SELECT') return 'choose';
    if (element.tagName === 'TEXTAREA') return 'type';
    if (element.tagName !== 'INPUT') return 'press';
    if (['submit', 'button', 'reset', 'image'].includes(element.type)) return 'press';
    return ['checkbox', 'radio', 'file', 'range'].includes(element.type) ? element.type : 'type';
  };

  const read = (element, names) =>
    names.map((name) => element.getAttribute(`data-${name}`)).filter(Boolean).join(' ');

  const facts = (element) => {
    const kind = kindOf(element);
    const pressed = kind === 'press' || kind === 'title';
    return {
      path: path(element), kind,
      region: (REGIONS.find(([, selector]) => element.closest(selector)) ?? ['main'])[0],
      heading: titleOf(element), row: rowOf(element),
      text: element.tagName === 'INPUT' ? (pressed ? clean(element.value) : '') : (pressed ? textOf(element) : ''),
      label: pressed ? '' : labelOf(element),
      hint: clean(element.getAttribute('placeholder')) || clean(element.getAttribute('aria-label'))
        || clean(element.getAttribute('title')),
      id: element.id, name: element.getAttribute('name') || '',
      value: ['checkbox', 'radio'].includes(kind) ? element.value : '',
      href: element.tagName === 'A' ? element.getAttribute('href') || '' : '',
      widget: read(element, WIDGETS), aim: read(element, AIMS), classes: element.getAttribute('class') || '',
      sends: kind === 'press' && element.type === 'submit' && element.form
        ? [...new FormData(element.form).keys()].filter((name) => !name.startsWith('csrf')).sort().join(' ') : '',
      visible: element.checkVisibility({ visibilityProperty: true }) && element.getBoundingClientRect().width > 0
        && element.getBoundingClientRect().height > 0,
    };
  };

  const wanted = [...document.querySelectorAll(`${USED}, h1, h2, h3, h4, h5`)];
  return wanted.filter((element) => !element.closest('svg')).map(facts);
}
