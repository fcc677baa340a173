"""The user at a browser without scripts: follows redirects, keeps cookies, and submits the sign-in page's forms.

Clients without a browser of their own pass it the URL that they would open in one.
"""

import http.client
import http.cookiejar
import socket
import ssl
import urllib.error
import urllib.parse
import urllib.request
from html.parser import HTMLParser

MOST_STEPS = 10


class UserAgent:
    """A browser's session with the tenant."""

    def __init__(self, ca):
        self.opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({}),
            OnThisMachine(context=ssl.create_default_context(cafile=ca)),
            urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()),
            NoRedirects(),
        )

    def browse(self, url, choose=None):
        """Goes on from the URL until it leads out of the tenant, and presses the button `choose` where there is one. Returns what the client is given there."""
        origin = urllib.parse.urlsplit(url)[:2]
        body = None
        for _ in range(MOST_STEPS):
            if urllib.parse.urlsplit(url)[:2] != origin:
                return {"url": url, "params": parameters(url, body)}
            url, body = self.step(url, body, choose)
            if url is None:
                return {"url": None, "params": {}}
        raise RuntimeError("the tenant redirects without an end")

    def step(self, url, body, choose):
        """Where the answer of this URL leads to, and the form that is to be sent there."""
        try:
            answer = self.opener.open(urllib.request.Request(url, body), timeout=20)
        except urllib.error.HTTPError as error:
            answer = error
        text = answer.read().decode()
        if 300 <= answer.status < 400:
            return urllib.parse.urljoin(url, answer.headers["location"]), None
        if answer.status != 200:
            raise RuntimeError(f"{answer.status} at {url}: {text[:500]}")
        page = Page()
        page.feed(text)
        form = page.form_for(choose, url)
        if form is None:
            if choose:
                raise RuntimeError(f"no button for {choose!r}: {page.forms}")
            return None, None
        return urllib.parse.urljoin(url, form["action"]), urllib.parse.urlencode(form["fields"]).encode()


def parameters(url, body):
    """What came back, in whichever of the three response modes."""
    parts = urllib.parse.urlsplit(url)
    text = body.decode() if body else parts.fragment or parts.query
    return dict(urllib.parse.parse_qsl(text, keep_blank_values=True))


class OnThisMachine(urllib.request.HTTPSHandler):
    """Every name leads to this machine, as for the programs that `names` starts."""

    def https_open(self, request):
        return self.do_open(LoopbackConnection, request, context=self._context)


class LoopbackConnection(http.client.HTTPSConnection):
    def __init__(self, *arguments, **options):
        super().__init__(*arguments, **options)
        self._create_connection = lambda address, *rest: socket.create_connection(("127.0.0.1", address[1]), *rest)


class NoRedirects(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_):
        return None


class Page(HTMLParser):
    """The forms of a page, with their buttons by the texts that users read."""

    def __init__(self):
        super().__init__()
        self.forms = []
        self.button = None

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        if tag == "form":
            self.forms.append({"action": attributes.get("action") or "", "fields": [], "buttons": []})
        if not self.forms:
            return
        form = self.forms[-1]
        name = attributes.get("name")
        if tag == "input" and name and attributes.get("type") != "checkbox":
            form["fields"].append((name, attributes.get("value") or ""))
        if tag == "button":
            self.button = {"text": attributes.get("aria-label", ""), "action": attributes.get("formaction"), "field": None}
            if name:
                self.button["field"] = (name, attributes.get("value") or "")
            form["buttons"].append(self.button)

    def handle_endtag(self, tag):
        if tag == "button":
            self.button = None

    def handle_data(self, data):
        if self.button is not None:
            self.button["text"] += data

    def form_for(self, choose, url):
        """The form that pressing this button sends. A page that only passes an answer on (`form_post`) needs no choice."""
        for form in self.forms:
            for button in form["buttons"]:
                if choose and choose in button["text"]:
                    return submitted(form, button, url)
        carriers = [form for form in self.forms if leads_out(form["action"], url)]
        return submitted(carriers[0], None, url) if carriers else None


def submitted(form, button, url):
    field = [button["field"]] if button and button["field"] else []
    action = button and button["action"] or form["action"] or url
    return {"action": action, "fields": form["fields"] + field}


def leads_out(action, url):
    return urllib.parse.urlsplit(urllib.parse.urljoin(url, action))[:2] != urllib.parse.urlsplit(url)[:2]
