"""How often the element cache finds, abstains and errs on pairs of pages, and what a lookup costs.

`make bench-elements` measures published versions of real sites: the admins of Django and Wagtail, and
admin templates from npm where npm is there. They are split by site: weights may be fitted on the
training sites (`python -m benchmarks.elements.fit`), and nobody looks at how the others are missed.

`make bench-elements PAIRS=DIR` reads `DIR/pairs.json`, a list of

    {"old": "a.html", "new": "b.html",
     "elements": [{"old_xpath": "/html/body/a[2]", "new_xpath": "//*[@id='go']"},
                  {"old_xpath": "//button", "new_xpath": null}]}

where pages are paths below DIR, an XPath finds one element of the page as it is once it has loaded,
and `new_xpath` is null for an element that the new page lacks. A pair may also say its "site" and its
"split" ("training" or "report"; without it "report"). What a page asks for is served from DIR, relative
to the page, or from a folder above it where the address starts with a slash; there is no network.

Both pages are served at one address. Every element is learned on the old page; looked for on the old
page loaded anew, on the new page, and on the new page after the true element has been taken out. The
same is asked of the references: XPaths, Playwright's own locators, and Similo. What cannot be tried (a
page that does not load, an XPath that finds nothing or several) is counted as unusable.
"""
