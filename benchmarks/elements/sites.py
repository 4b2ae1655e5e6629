"""The sites whose published versions are compared, and which of them weights may be fitted on.

Django's admin and AdminLTE are looked at while the product is made. Nobody tunes anything on the
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
GENTELELLA = Site(
    "Gentelella",
    REPORT,
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
NPM_SITES = (ADMIN_LTE, GENTELELLA, SB_ADMIN_2, SB_ADMIN)
