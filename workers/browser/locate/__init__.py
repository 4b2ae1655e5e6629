"""Finding elements: `locate` answers what a step means on the page as it is now."""

from workers.browser.locate.closed import name_closed_hosts
from workers.browser.locate.locate import locate
from workers.browser.locate.pictures import Pictures
from workers.browser.locate.reaction import ReactionWatch
from workers.browser.locate.request import Candidate, Healing, LocateRequest, Resolution
from workers.browser.locate.scripts import Library

__all__ = [
    "Candidate",
    "Healing",
    "Library",
    "LocateRequest",
    "Pictures",
    "ReactionWatch",
    "Resolution",
    "locate",
    "name_closed_hosts",
]
