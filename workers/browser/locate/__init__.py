"""Finding elements: `locate` answers what a step means on the page as it is now."""

from workers.browser.locate.locate import locate
from workers.browser.locate.reaction import ReactionWatch
from workers.browser.locate.request import Candidate, LocateRequest, Resolution

__all__ = ["Candidate", "LocateRequest", "ReactionWatch", "Resolution", "locate"]
