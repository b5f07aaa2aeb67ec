"""Answers of the live endpoints with numbers chosen for a test, and a count of how often they were asked for."""

from urllib.parse import parse_qs, urlsplit

AT = "2024-03-10T12:00:00Z"
MEAN = "<b onmouseover=alert(1)>Mean & long</b> " * 8
PAGES = [
    {"path": "/", "title": "Home", "visitors": 12, "change": 3, "series": [4, 9, 12]},
    {"path": "/cats/" + "purr-" * 30, "title": MEAN, "visitors": 5, "change": -2, "series": [7, 7, 5]},
    {"path": "/new", "title": "", "visitors": 1, "change": None, "series": [0, 0, 1]},
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


class Planted:
    """Stands in for the server: `hosts` has the site of each question, and `gone` makes it refuse to answer."""

    def __init__(self, page, sites=SITES):
        self.hosts, self.measures, self.gone, self.sites = [], [], False, sites
        page.route("**/api/v1.0/concurrents**", self.concurrents)
        page.route("**/api/domains/**", self.domains)

    def concurrents(self, route):
        asked = parse_qs(urlsplit(route.request.url).query)
        self.hosts.append(asked["host"][0])
        self.measures.append(asked["measure"][0])
        if self.gone:
            return route.abort()
        return route.fulfill(json={**ANSWER, "host": asked["host"][0], "visitors": 16 + len(self.hosts)})

    def domains(self, route):
        results = [{"id": n, "name": name, "creation_time": AT} for n, name in enumerate(self.sites)]
        route.fulfill(json={"count": len(results), "next": None, "previous": None, "results": results})
