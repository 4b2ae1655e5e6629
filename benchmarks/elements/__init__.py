"""How often the element cache finds, abstains and errs on pairs of pages, and what a lookup costs.

`python -m benchmarks elements` makes pairs from two published versions of Django's admin.
`python -m benchmarks.elements DIR` reads `DIR/pairs.json`: a list of `{"old": "a.html",
"new": "b.html", "elements": [{"old_xpath": "...", "new_xpath": "..."}]}`, where `new_xpath` is null
for an element that was removed. Both pages are rendered without network; every element is learned
on the old one and located on the new one with the product's own code, and then again after the
true element has been deleted.
"""
