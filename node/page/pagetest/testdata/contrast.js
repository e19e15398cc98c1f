// contrastOf computes, for each selector, how much the text of the element
// stands out from what lies below it: WCAG 2.2, "contrast ratio". What lies
// below is the background of the element and of those it is in, down to the
// first that is opaque. An element that lies over the text without being part
// of it, and pictures, which have no one colour, are named in covered.
function contrastOf(selectors) {
	const channels = text => {
		const [r, g, b, a = 1] = text.match(/[\d.]+/g).map(Number);
		return {r, g, b, a};
	};
	const over = (top, below) => {
		const mix = c => top[c] * top.a + below[c] * (1 - top.a);
		return {r: mix('r'), g: mix('g'), b: mix('b'), a: 1};
	};
	const luminance = c => {
		const linear = v => (v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
		return 0.2126 * linear(c.r) + 0.7152 * linear(c.g) + 0.0722 * linear(c.b);
	};
	const ratio = (a, b) => {
		const [light, dark] = [luminance(a), luminance(b)].sort((x, y) => y - x);
		return (light + 0.05) / (dark + 0.05);
	};
	const hex = c => '#' + [c.r, c.g, c.b].map(v => Math.round(v).toString(16).padStart(2, '0')).join('');
	const ground = (e, seen) => {
		const layers = [];
		for (; e; e = e.parentElement) {
			const style = getComputedStyle(e);
			if (style.backgroundImage !== 'none') seen.push('a picture of ' + e.className);
			if (Number(style.opacity) < 1) seen.push('see-through: ' + e.className);
			const colour = channels(style.backgroundColor);
			layers.push(colour);
			if (colour.a === 1) break;
		}
		return layers.reduceRight((below, top) => over(top, below), {r: 255, g: 255, b: 255, a: 1});
	};
	// lines are where the element's own text stands.
	const lines = e => {
		const range = document.createRange();
		return [...e.childNodes].filter(n => n.nodeType === Node.TEXT_NODE && n.data.trim()).flatMap(n => {
			range.selectNodeContents(n);
			return [...range.getClientRects()];
		});
	};
	// coverers are elements of their own that are painted over the text.
	const coverers = e => lines(e).flatMap(line => {
		const [x, y] = [line.x + line.width / 2, line.y + line.height / 2];
		const stack = document.elementsFromPoint(x, y);
		const at = stack.indexOf(e);
		return stack.slice(0, Math.max(at, 0)).filter(o => !e.contains(o) && channels(getComputedStyle(o).backgroundColor).a > 0 && getComputedStyle(o).opacity !== '0');
	});
	return selectors.map(selector => {
		const e = document.querySelector(selector);
		e.scrollIntoView({block: 'center', inline: 'center'});
		const style = getComputedStyle(e), seen = [];
		const below = ground(e, seen);
		const text = over(channels(style.color), below);
		const size = parseFloat(style.fontSize), bold = Number(style.fontWeight) >= 700;
		for (const o of coverers(e)) seen.push('covered by ' + (o.className || o.tagName));
		return {
			target: selector, text: e.innerText.trim().slice(0, 40), colour: hex(text), ground: hex(below),
			ratio: ratio(text, below), needed: size >= 24 || (bold && size >= 18.66) ? 3 : 4.5, covered: [...new Set(seen)].join(', '),
		};
	});
}
