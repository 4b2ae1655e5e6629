"""The sites whose published versions are compared, and which of them weights may be fitted on.

Those of the training split are looked at while the product is made. Nobody tunes anything on the
others: they tell what it does on pages that it has never seen.
"""

from dataclasses import dataclass

TRAINING, REPORT = "training", "report"


@dataclass(frozen=True)
class Published:
    """A version of an npm package of pages, under the MIT licence.

    Attributes:
        folder: where in the package its pages are.
        integrity: the SHA-512 digest of the package, in base 64.
    """

    package: str
    version: str
    folder: str
    integrity: str

    @property
    def name(self) -> str:
        """What its folder of pages is called here."""
        return f"{self.package}-{self.version}"


@dataclass(frozen=True)
class Site:
    """A site in several versions, oldest first; each is compared with the next."""

    name: str
    split: str
    versions: tuple[Published, ...]


ADMIN_LTE = Site(
    "AdminLTE",
    TRAINING,
    (
        Published(
            "admin-lte",
            "2.4.18",
            "",
            "AfIdoUWdbQA0OmW7PnP8GJ3u6RMKNXefN3DRTBHCQXd7VeyJahUfZWtV62ppDxcdjpx0L08ypPV55ARmdGdOIw==",
        ),
        Published(
            "admin-lte",
            "3.0.5",
            "",
            "VkwBy6KukhuQk8A0GrryZorkDHVK52azkCu4l2Kw5kJt4tMQD2ezb268ssFpd6uKM8swLJ64td2Dx6y/MHA7Ew==",
        ),
        Published(
            "admin-lte",
            "3.2.0",
            "",
            "IDUfoU8jo9DVlB59lDEASAJXTesAEXDZ68DOHI3qg93r5ehVTkMl2x0ixgIyff8NiHeNYXpcOZh3tr6oGbvu9g==",
        ),
        Published(
            "admin-lte",
            "4.0.0",
            "dist",
            "vuUo9yFI0bxbWXKclLRRuAbxLn3x3PdEAcuXOnzoYQ9EoOAbedj87Fb4FPF4BV2rPLfScFEQLbWngS4WtmPZJA==",
        ),
    ),
)
TABLER_UI = Site(
    "Tabler UI",
    TRAINING,
    (
        Published(
            "tabler-ui",
            "0.0.31",
            "dist",
            "VaFIdBHkM+PGYSFmocZJtGEInnWLTOMLFHnGXigJaphxvopjyZJVl4PguJH7j9Xr0xJt5v1oXmhjS8wm9JjOWA==",
        ),
        Published(
            "tabler-ui",
            "0.0.34",
            "dist",
            "1stQxEx9rfCDaBKh6cNF8boP4FvLERrLdeWj7FXJYgxhxeglaJaymN1bG2davVWysDVhaL20PoZT4RNBYVGCHA==",
        ),
    ),
)
VALI_ADMIN = Site(
    "Vali Admin",
    TRAINING,
    (
        Published(
            "vali-admin",
            "2.4.1",
            "docs",
            "Tx08vNevFf5DhWCXHGLH3NaN4YSXVq+NKDIUiJYFhgQSdn2J3q30NHrWPkjEW7pfzrxLWedGD44H6eihoe1cOA==",
        ),
        Published(
            "vali-admin",
            "3.0.0",
            "docs",
            "TOpn/AAdhiVVHpvb1pg9/HmF3rKOpqNbvxjLkW5kmaGs11AC5XAAXlfIX7KzA4d4lMB6byEYshmav0nk2tEJXA==",
        ),
        Published(
            "vali-admin",
            "4.1.0",
            "docs",
            "TVg45Yc6IU+t/jXgF9TEaY2V8+kWT+ZJ/HlcJcmxSd9DvgNs0N9PKqeOEjAMzWF1bfJeSJ4V89EVDjpj71SGXQ==",
        ),
    ),
)
MATERIAL_DASHBOARD = Site(
    "Material Dashboard",
    TRAINING,
    (
        Published(
            "material-dashboard",
            "2.1.0",
            "examples",
            "de6if9WnelNvQdtLRcyTao3vx1ESjOVsX6tiwAmSjJvfBHcHgKO9wP54jYLfYIn3ILbluqXh1GXPqubNLgH/Kg==",
        ),
        Published(
            "material-dashboard",
            "3.0.9",
            "pages",
            "u50oUHYCQMxeeoYXjRzCQvfEOdLI0gqTKpNkMfaLjnwMtnFX2p06ObRuOBwPI4B0c74sr590vWlFSEicuEEQdQ==",
        ),
        Published(
            "material-dashboard",
            "3.1.0",
            "pages",
            "/dkEhja3jybC2ky+cXvOyCu+BgjdHmxN+6Vj04p5+LtDDQZbZ8PW8qV5YwDW/KwHSs8mpYDG20p964kdc0PMQA==",
        ),
    ),
)
CLEAN_BLOG = Site(
    "Clean Blog",
    TRAINING,
    (
        Published(
            "startbootstrap-clean-blog",
            "4.0.0",
            "",
            "MXH7BICMMrrxmQxC1Zbbp3QUAa4+4EVXlgHhAoYRHG78+SJFvGJeT88HEMoL98K9zp6yFKF+9ZuwOy3Q1r4elg==",
        ),
        Published(
            "startbootstrap-clean-blog",
            "5.0.4",
            "",
            "Gcu3L7Uw77JrcWddyprOGnzVn0xQefXh74TBmyzo2anSkDpRxl12gX2wUvtlTeGaKqJSBg1AzJWQZLFaRiUEVA==",
        ),
        Published(
            "startbootstrap-clean-blog",
            "6.0.9",
            "dist",
            "xbbvk1j++rQjXajEju4TbEs862Fd5nGn/LWQIPIl0ColRSCQwO2uNLQe4u43nB5o4bXEg4IsI9QzfEpNM/kVcQ==",
        ),
    ),
)
AGENCY = Site(
    "Agency",
    TRAINING,
    (
        Published(
            "startbootstrap-agency",
            "4.1.1",
            "",
            "PO7AsaRac/1W6PGGuaOIeheuh6gErCFsZoMlbTFyOsYrfMrrerbXFVLHDTYLI4N1AnWFStuJUOaajeYH7KvBXw==",
        ),
        Published(
            "startbootstrap-agency",
            "5.0.4",
            "",
            "B0rLeVw20dZLuxzxZXEqAJmwawn2YlmJhB8VAkzlAN8GsU/cP6xP22MgLJxJCpewq486cA8maRhuhxwRMzs3cQ==",
        ),
        Published(
            "startbootstrap-agency",
            "6.0.3",
            "dist",
            "yr/ngjICYktPDxDo8fA3BneB6nG0f+NYwPjmeuifAgzmE+V4Nd6WVw/CwcpaxexLKsGCk1zCWhUefjNGcQz9tg==",
        ),
        Published(
            "startbootstrap-agency",
            "7.0.5",
            "dist",
            "sqdvUGoQoeA0ucS10S4lLJDcbOCVsQ1oJNHTDilPzGO/vzxtDNo6XK8lZ56qllRDGJyDDahSgNfG85pMZej7qQ==",
        ),
    ),
)
GENTELELLA = Site(
    "Gentelella",
    TRAINING,
    (
        Published(
            "gentelella",
            "1.3.0",
            "production",
            "WVkCRBERBs52TERMbvcB6ixvtUPankg4UKlr8XYMg2Smxibh3qBMtd/sznTPPeh9ComZEF53rCGhBUPbyBExLQ==",
        ),
        Published(
            "gentelella",
            "1.4.0",
            "production",
            "lp54+y6bwSLHF6KMstW2jD6oqV68vLMnFqMqATRp5a/8Tp52NYly7Q+5FZIMaNKATrb3EKx+BN/bKpaZ4BYLEw==",
        ),
        Published(
            "gentelella",
            "4.1.1",
            "dist/production",
            "I+Hx7z7SEZRPm49laKCMG1JsyTGesHyd2YStnNdXNfM6R3fB9Gaf8Ovy8wx86pZbH/La9Fb1ggj/dPL6RF0fYg==",
        ),
    ),
)
SB_ADMIN_2 = Site(
    "SB Admin 2",
    REPORT,
    (
        Published(
            "startbootstrap-sb-admin-2",
            "3.3.7",
            "pages",
            "HtfR1hgwPiK6NEB9U2wQg/LUGx6g9aRkuBxT2lKBXLPkbYu3ygqCzA9dLUXUMK/+wjGiGvyTfpjyuNPIUpFH6w==",
        ),
        Published(
            "startbootstrap-sb-admin-2",
            "4.0.7",
            "",
            "4MIqbo/Y9Kz/CJ2H/EDHXGLfKuT7tHgmy9+b+SMXK/IwEX06ftJ4/75/IGMFqLazg+VriBJLp1B9dPuHBzaPVw==",
        ),
        Published(
            "startbootstrap-sb-admin-2",
            "4.1.4",
            "",
            "Zr0JNu4tRD4EJVDwVLETKWfMniFx4Dy3qAnJ96ucqUqIZ8Ns4/H5a6Y0E44/K5lxO05EBQwi24hPxaLEz+2IhA==",
        ),
    ),
)
SB_ADMIN = Site(
    "SB Admin",
    REPORT,
    (
        Published(
            "startbootstrap-sb-admin",
            "4.0.0",
            "",
            "qnIu5fcjAb288+MgeaOBnZ93eq4lXb3cpUgbqGUVG2afDRFgsIX0ii3BgbWHrQ7jYZRYADEKWe580F8uUpIAHg==",
        ),
        Published(
            "startbootstrap-sb-admin",
            "5.1.1",
            "",
            "ugGlgxmJaWorgxNrG9s+cjU/uO+oF4Wk9IZBumuivQfzvzjG7eN4+mFg674g1MZnb0cxi6w8VD6IhrTNoEestw==",
        ),
        Published(
            "startbootstrap-sb-admin",
            "6.0.2",
            "dist",
            "1IyWwYLaoTNv6kLYRy6ZZzxQg5nh9HudDP0hMLCafq/a11IzSoKGUnUarM1hmRP0cglH+eEmMNz731A5CsbkEw==",
        ),
        Published(
            "startbootstrap-sb-admin",
            "7.0.7",
            "dist",
            "8GcoX/qZLUVOSX+7qWHgnruioIHew6jwcDY6NMjG8sfwHhkBnpPAcUhtqP0ikJE4T0/lMyxvr8zHcmZkN6y/kQ==",
        ),
    ),
)
MODERN_BUSINESS = Site(
    "Modern Business",
    REPORT,
    (
        Published(
            "startbootstrap-modern-business",
            "4.2.3",
            "",
            "n4PWTz2UvWD4ESDGXq1bWmrBgSpPW/u/SP56JEsawMch9k8tu6Qw5PjBUwJ+iTTDASUb91UazP5M487HBTMbKw==",
        ),
        Published(
            "startbootstrap-modern-business",
            "5.0.7",
            "dist",
            "noE0Mmsqu2+3f8SJf7QRRLggxBXCn7bPnB+eVxDkIf4rl4o7N5GO9339CnCHp/iW4NRuAZk85TYE6KXmGo2/5Q==",
        ),
    ),
)
SOFT_UI = Site(
    "Soft UI",
    REPORT,
    (
        Published(
            "soft-ui-design-system",
            "1.0.0",
            "",
            "OfQ2+oiCV09HYDj2v/INxwyke4OVxcKmYXvc/U/hHkOvZ95ZVxrro5DyI2O6Ndqqt4r0ycEwoypp0YsHb7eT3g==",
        ),
        Published(
            "soft-ui-design-system",
            "1.0.4",
            "",
            "tX86rDIsaW2CscpCEolbqvYMpjZOSHGoTZLFRAV+8HJpYEdbNjeS8BsAUhhs8qDlRnbmCykolVgQqKnKlcfLEQ==",
        ),
    ),
)
NPM_SITES = (
    *(ADMIN_LTE, TABLER_UI, VALI_ADMIN, MATERIAL_DASHBOARD, CLEAN_BLOG, AGENCY, GENTELELLA),
    *(SB_ADMIN_2, SB_ADMIN, MODERN_BUSINESS, SOFT_UI),
)
