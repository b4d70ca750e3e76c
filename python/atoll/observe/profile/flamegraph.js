(() => {
  const svg = document.currentScript.ownerSVGElement;
  const MARGIN = 10, LEAST = 700, CONTROLS = 300;
  const boxes = [...svg.querySelectorAll('.boxes > svg')].map((shown) => {
    const lines = shown.querySelector('title').textContent.split('\n');
    return {
      shown, name: lines[0], told: lines.join('   '), sought: lines.slice(0, -1).join('\n').toLowerCase(),
      label: shown.querySelector('text'), start: +shown.dataset.start, size: +shown.dataset.size, top: +shown.getAttribute('y'),
    };
  });
  const all = boxes[0];
  const details = svg.querySelector('.details');
  const hint = 'Click to zoom, Esc to see all, / to search.';
  let zoomed = all, character = 7;

  function draw() {
    const width = Math.max(LEAST, svg.parentElement ? svg.parentElement.clientWidth : window.innerWidth);
    const height = svg.height.baseVal.value;
    svg.setAttribute('width', width);
    svg.setAttribute('viewBox', `0 0 ${width} ${height}`);
    controls.setAttribute('x', width - CONTROLS - MARGIN);
    const room = width - 2 * MARGIN, scale = room / zoomed.size, end = zoomed.start + zoomed.size;
    for (const box of boxes) {
      const above = box.top < zoomed.top && box.start <= zoomed.start && box.start + box.size >= end;
      const within = box.top >= zoomed.top && box.start >= zoomed.start && box.start + box.size <= end;
      const wide = above ? room : box.size * scale;
      const visible = above || (within && wide >= 0.3);
      box.shown.style.display = visible ? '' : 'none';
      if (!visible) continue;
      box.shown.classList.toggle('above', above);
      box.shown.setAttribute('x', above ? MARGIN : MARGIN + (box.start - zoomed.start) * scale);
      box.shown.setAttribute('width', wide);
      const letters = Math.floor((wide - 6) / character);
      const cut = box.name.length > letters ? box.name.slice(0, letters - 1) + '…' : box.name;
      box.label.textContent = letters < 3 ? '' : cut;
    }
  }

  function zoom(box) {
    zoomed = box;
    draw();
  }

  function search() {
    const sought = input.value.trim().toLowerCase();
    let found = 0, end = -1;
    const hits = boxes.filter((box) => {
      const hit = sought !== '' && box !== all && box.sought.includes(sought);
      box.shown.classList.toggle('hit', hit);
      return hit;
    });
    // A function that calls itself is found in its own box, too: what lies inside of another hit counts once.
    for (const box of hits.sort((one, other) => one.start - other.start || other.size - one.size)) {
      if (box.start < end) continue;
      found += box.size;
      end = box.start + box.size;
    }
    matched.textContent = sought === '' ? '' : `${(100 * found / all.size).toFixed(1)}% found`;
  }

  const html = (name) => document.createElementNS('http://www.w3.org/1999/xhtml', name);
  const controls = document.createElementNS('http://www.w3.org/2000/svg', 'foreignObject');
  const row = html('div'), matched = html('span'), input = html('input'), reset = html('button');
  row.className = 'controls';
  matched.className = 'matched';
  input.type = 'search';
  input.placeholder = 'Search';
  input.setAttribute('aria-label', 'Search functions');
  reset.textContent = 'Reset';
  row.append(matched, input, reset);
  controls.append(row);
  for (const [name, value] of Object.entries({ y: 6, width: CONTROLS, height: 28 })) controls.setAttribute(name, value);
  svg.append(controls);

  const probe = boxes[0].label;
  probe.textContent = 'm'.repeat(40);
  character = probe.getComputedTextLength() / 40 || character;

  const boxOf = (event) => boxes.find((box) => box.shown === event.target.closest('.boxes > svg'));
  const group = svg.querySelector('.boxes');
  group.addEventListener('click', (event) => { const box = boxOf(event); if (box) zoom(box); });
  group.addEventListener('mouseover', (event) => { const box = boxOf(event); if (box) details.textContent = box.told; });
  group.addEventListener('mouseleave', () => { details.textContent = hint; });
  input.addEventListener('input', search);
  reset.addEventListener('click', () => { input.value = ''; search(); zoom(all); });
  window.addEventListener('keydown', (event) => {
    if (event.key === 'Escape') zoom(all);
    if (event.key === '/' && event.target !== input) { event.preventDefault(); input.focus(); }
  });
  window.addEventListener('resize', draw);
  svg.classList.add('live');
  details.textContent = hint;
  draw();
})();
