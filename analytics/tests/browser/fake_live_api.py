"""Answers of the live endpoints with fixed numbers, and a record of the requests for them."""

from urllib.parse import parse_qs, urlsplit

AT = "2024-03-10T12:00:00Z"
HOSTILE = "<b onmouseover=alert(1)>Mean & long</b> " * 8
PAGES = [
    {
        "path": "/",
        "title": "Home",
        "visitors": 12,
        "change": 3,
        "usual": 3.04,
        "series": [4, 9, 12],
        "referrers": [{"referrer": "google.com", "visitors": 4}, {"referrer": "<i>.example", "visitors": 1}],
    },
    {
        "path": "/cats/" + "purr-" * 30,
        "title": HOSTILE,
        "visitors": 5,
        "change": -2,
        "usual": 9.5,
        "series": [7, 7, 5],
        "referrers": [{"referrer": "long." * 40 + "example", "visitors": 1}],
    },
    {"path": "/new", "title": "", "visitors": 1, "change": None, "usual": None, "series": [0, 0, 1], "referrers": []},
]
ANSWER = {
    "host": "blog.example.org",
    "at": AT,
    "interval_seconds": 5,
    "visitors": 17,
    "series": [["2024-03-10T11:59:50Z", 11], ["2024-03-10T11:59:55Z", 14], [AT, 17]],
    "pages": PAGES,
    "rising": PAGES[:1],
    "falling": PAGES[1:2],
}
SITES = ["blog.example.org", "shop.example.org"]


class FakeLiveApi:
    """Answer in place of the server. `hosts` records the site of each request; `is_down` makes requests fail, and
    `answer` may be replaced."""

    def __init__(self, page, sites=SITES):
        self.hosts, self.measures, self.is_down, self.sites = [], [], False, sites
        self.answer = ANSWER
        page.route("**/api/v1.0/concurrents**", self.concurrents)
        page.route("**/api/domains/**", self.domains)

    def concurrents(self, route):
        query = parse_qs(urlsplit(route.request.url).query)
        self.hosts.append(query["host"][0])
        self.measures.append(query["measure"][0])
        if self.is_down:
            return route.abort()
        return route.fulfill(json={**self.answer, "host": query["host"][0], "visitors": 16 + len(self.hosts)})

    def domains(self, route):
        results = [{"id": n, "name": name, "creation_time": AT} for n, name in enumerate(self.sites)]
        route.fulfill(json={"count": len(results), "next": None, "previous": None, "results": results})
