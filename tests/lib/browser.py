# SPDX-License-Identifier: Apache-2.0
"""A browser without JavaScript, as small as the pages need it: cookies, redirects, forms.
It sees only what a page shows: it finds statements by their text and answers by their labels."""
import asyncio
import html
import re
from urllib.parse import urlencode

FORM = re.compile(r"<form\b([^>]*)>(.*?)</form>", re.S)
INPUT = re.compile(r"<input\b([^>]*)>")
INNER = re.compile(r"<(textarea|button)\b([^>]*)>(.*?)</\1>", re.S)
ATTR = re.compile(r'([a-zA-Z-]+)(?:="([^"]*)")?')
FIELDSET = re.compile(r"<fieldset\b[^>]*>(.*?)</fieldset>", re.S)
LEGEND = re.compile(r"<legend\b[^>]*>(.*?)</legend>", re.S)


def text_of(fragment):
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", fragment)).split())


def attributes(source):
    return {name: html.unescape(value) for name, value in ATTR.findall(source)}


class Form:
    def __init__(self, source, body):
        attrs = attributes(source)
        self.action, self.method = attrs.get("action", ""), attrs.get("method", "get").lower()
        self.body, self.fields, self.buttons, self.radios = body, [], [], {}
        for a in map(attributes, INPUT.findall(body)):
            name = a.get("name")
            if not name:
                continue
            if a.get("type") in ("radio", "checkbox"):
                self.radios.setdefault(name, []).append(a.get("value", "on"))
                if "checked" in a:
                    self.fields.append((name, a.get("value", "on")))
            else:
                self.fields.append((name, a.get("value", "")))
        for tag, tag_attrs, inner in INNER.findall(body):
            a = attributes(tag_attrs)
            if tag == "button":
                self.buttons.append((a.get("name"), a.get("value", ""), text_of(inner)))
            elif a.get("name"):
                self.fields.append((a["name"], html.unescape(inner)))

    def statements(self):
        """[(legend text, radio name, [values])] of the fieldsets with radios."""
        found = []
        for inside in FIELDSET.findall(self.body):
            legend = LEGEND.search(inside)
            radios = [a for a in map(attributes, INPUT.findall(inside))
                      if a.get("type") == "radio"]
            if legend and radios:
                found.append((text_of(legend[1]), radios[0]["name"],
                              [a.get("value") for a in radios]))
        return found

    def filled(self, values=(), button=None):
        """Pairs to send; `values` replace fields of the same name."""
        names = {name for name, _ in values}
        pairs = [(n, v) for n, v in self.fields if n not in names] + list(values)
        if button is not None and button[0]:
            pairs.append((button[0], button[1]))
        return pairs


class Page:
    def __init__(self, url, status, headers, body):
        self.url, self.status, self.headers, self.html = url, status, headers, body

    @property
    def text(self):
        return text_of(self.html)

    def forms(self):
        return [Form(a, b) for a, b in FORM.findall(self.html)]

    def form(self, action):
        for form in self.forms():
            if form.action.split("?")[0] == action:
                return form
        raise LookupError(f"{self.url}: no form {action}: {[f.action for f in self.forms()]}\n"
                          + self.text[:600])


class Browser:
    def __init__(self, host, port, lang="ru", count=None):
        self.host, self.port, self.lang = host, port, lang
        self.cookies, self.reader, self.writer = {}, None, None
        self.count = count if count is not None else {"requests": 0, "errors": 0}

    async def close(self):
        if self.writer:
            self.writer.close()
            self.writer = None

    async def _exchange(self, method, path, body):
        if self.writer is None:
            self.reader, self.writer = await asyncio.open_connection(self.host, self.port)
        head = [f"{method} {path} HTTP/1.1", f"Host: {self.host}:{self.port}",
                f"Accept-Language: {self.lang}"]
        if self.cookies:
            head.append("Cookie: " + "; ".join(f"{k}={v}" for k, v in self.cookies.items()))
        if method == "POST":
            head += ["Content-Type: application/x-www-form-urlencoded",
                     f"Content-Length: {len(body)}", f"Origin: http://{self.host}:{self.port}"]
        self.writer.write(("\r\n".join(head) + "\r\n\r\n").encode() + body)
        raw = await self.reader.readuntil(b"\r\n\r\n")
        first, *rest = raw.decode("latin-1").split("\r\n")
        headers = {}
        for line in rest:
            name, _, value = line.partition(":")
            if name.lower() == "set-cookie":
                pair, *flags = value.strip().split(";")
                key, _, content = pair.partition("=")
                gone = any("max-age=0" in f.lower().replace(" ", "") for f in flags)
                if gone or not content:
                    self.cookies.pop(key, None)
                else:
                    self.cookies[key] = content
            elif name:
                headers[name.lower()] = value.strip()
        content = await self.reader.readexactly(int(headers.get("content-length", 0)))
        if headers.get("connection", "").lower() == "close":
            await self.close()
        return int(first.split()[1]), headers, content.decode("utf-8")

    async def request(self, method, path, pairs=None, follow=True, expect=(200, 303)):
        """The page after redirects. A status outside `expect` is counted as an error."""
        body = urlencode(pairs or []).encode()
        for _ in range(5):
            fresh = self.writer is None
            try:
                status, headers, content = await self._exchange(method, path, body)
            except (ConnectionError, asyncio.IncompleteReadError):
                await self.close()
                if fresh:
                    raise
                continue  # an idle connection had been closed: the same request once more
            self.count["requests"] += 1
            if status not in expect:
                self.count["errors"] += 1
            if status == 303 and follow:
                method, path, body = "GET", headers["location"], b""
                continue
            return Page(path, status, headers, content)
        raise RuntimeError(f"too many redirects at {path}")

    async def get(self, path, **kw):
        return await self.request("GET", path, **kw)

    async def post(self, form, values=(), button=None, **kw):
        return await self.request("POST", form.action, form.filled(values, button), **kw)
