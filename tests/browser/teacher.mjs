// SPDX-License-Identifier: Apache-2.0
// The teacher's whole way in a real browser, phone-sized, with JavaScript off; then every page of it
// through axe and our own geometry. Speaks TAP. Arguments: base URL, invitation code, folder for
// pictures, wrong|right (control: a broken style must be found).
import { readFileSync, mkdirSync } from 'node:fs';
import { chromium } from 'playwright-core';

const [base, code, folder, control] = process.argv.slice(2);
const axeSource = readFileSync(new URL('node_modules/axe-core/axe.min.js', import.meta.url), 'utf8');
const axeRussian = JSON.parse(
	readFileSync(new URL('node_modules/axe-core/locales/ru.json', import.meta.url), 'utf8'));
mkdirSync(folder, { recursive: true });

const results = [];
function check(name, problems) {
	results.push([name, problems]);
}

const browser = await chromium.launch({
	executablePath: '/usr/bin/chromium',
	headless: true,
	args: ['--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1', '--disable-background-networking'],
});
const phone = await browser.newContext({
	viewport: { width: 360, height: 740 }, javaScriptEnabled: false, locale: 'ru-RU' });
const page = await phone.newPage();
const foreign = [];
page.on('request', (r) => r.url().startsWith(base) || foreign.push(r.url()));
const seen = [];

async function look(name) {
	await page.screenshot({ path: `${folder}/${name}.png`, fullPage: true });
	seen.push([name, page.url()]);
}

async function way() {
	await page.goto(base + '/');
	await look('01-entry');
	await page.fill('input[name=code]', code.toLowerCase());
	await page.click('main form button');
	await look('02-start');
	if (new URL(page.url()).pathname !== '/start') throw new Error('not at /start: ' + page.url());
	if (await page.locator('input:checked').count()) throw new Error('something is preselected');
	await page.check('input[name=consent_process]');
	await page.check('input[name=consent_aggregate]');
	await page.check('input[name=shared][value=no]');
	await page.click('button[value=begin]');
	await look('03-page');
	await page.click('button[value=next]');
	if (!(await page.title()).startsWith('Ошибка')) throw new Error('gaps do not name an error');
	await look('04-gaps');
	let pages = 0;
	while (new URL(page.url()).pathname.startsWith('/a/') && !page.url().includes('check')) {
		const items = page.locator('fieldset');
		for (let i = 0; i < (await items.count()); i++) {
			const radios = items.nth(i).locator('input[type=radio]');
			if (await radios.count()) await radios.nth((pages + i * 2) % 4).check();
		}
		await page.click('button[value=next]');
		if (++pages > 40) throw new Error('the questionnaire does not end');
	}
	await look('05-check');
	await page.click('form[action="/submit"] button');
	if (new URL(page.url()).pathname !== '/me') throw new Error('not at /me: ' + page.url());
	const text = await page.locator('main').innerText();
	const strong = text.indexOf('Что уже получается'), weak = text.indexOf('Где нужна опора');
	if (weak >= 0 && strong > weak) throw new Error('strengths do not come first');
	if (/дефицит|вердикт|порог|θ/i.test(text)) throw new Error('a forbidden word on the page');
	await look('06-me');
	for (const [name, path] of [['07-route', '/me/route'], ['08-messages', '/me/messages'],
		['09-data', '/me/data'], ['10-privacy', '/privacy'], ['11-help', '/help']]) {
		await page.goto(base + path);
		await look(name);
	}
}

try {
	await way();
	check('the whole way works without JavaScript on a phone', []);
} catch (error) {
	check('the whole way works without JavaScript on a phone', [String(error).slice(0, 600)]);
}
check('no request leaves for another host', foreign);

// The same session with JavaScript, for axe and geometry.
const judge = await browser.newContext({ storageState: await phone.storageState(), locale: 'ru-RU',
	bypassCSP: true });
const eye = await judge.newPage();

const geometry = () => {
	const out = [];
	const width = document.documentElement.clientWidth;
	if (document.documentElement.scrollWidth > width) out.push('scrolls sideways');
	const visible = (e) => { const b = e.getBoundingClientRect(); return b.width > 0 && b.height > 0; };
	for (const e of document.querySelectorAll('body *')) {
		if (!visible(e) || e.closest('svg')) continue;
		const own = [...e.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim());
		if (own && parseFloat(getComputedStyle(e).fontSize) < 16)
			out.push('text under 16 px: ' + e.textContent.trim().slice(0, 40));
		if (own && e.getBoundingClientRect().right > width + 1)
			out.push('beyond the right edge: ' + e.textContent.trim().slice(0, 40));
	}
	for (const e of document.querySelectorAll('button, input[type=radio], input[type=checkbox], a.button')) {
		const target = e.closest('label') || e;
		if (visible(target) && target.getBoundingClientRect().height < 47.5)
			out.push('target under 48 px: ' + (target.textContent || e.name).trim().slice(0, 40));
	}
	return [...new Set(out)];
};

async function judgePage(url, width, name) {
	await eye.setViewportSize({ width, height: 800 });
	await eye.goto(url);
	if (control === 'wrong')
		await eye.addStyleTag({ content: 'p,span{font-size:9px!important} main{width:900px!important} label{color:#bbb!important}' });
	const problems = await eye.evaluate(geometry);
	await eye.evaluate(axeSource);
	const found = await eye.evaluate(async (locale) => {
		window.axe.configure({ locale });
		const r = await window.axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa',
			'wcag22aa', 'best-practice'], rules: { 'target-size': { enabled: true } } });
		return r.violations.map((v) => `${v.id}: ${v.nodes.length} (${v.nodes[0].html.slice(0, 80)})`);
	}, axeRussian);
	check(`${name} at ${width} px: axe and geometry`, [...problems, ...found]);
}
for (const [name, url] of seen)
	for (const width of [320, 360, 1280]) await judgePage(url, width, name);
await browser.close();

console.log(`1..${results.length}`);
results.forEach(([name, problems], i) => {
	console.log(`${problems.length ? 'not ok' : 'ok'} ${i + 1} - ${name}`);
	for (const p of problems.slice(0, 8)) console.log('# ' + p);
});
process.exit(results.some(([, p]) => p.length) ? 1 : 0);
