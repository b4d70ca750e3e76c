"""What somebody's visits are worth: recent ones more than old ones."""

from statistics import fmean

import wit_world.exports
from wit_world.exports.scoring import Visitor
from wit_world.imports import rendering

HALF_LIFE = 7.0
RANKS = [(0.75, "regular"), (0.25, "returning"), (0.0, "new")]


class Scoring(wit_world.exports.Scoring):
    def welcome(self, visitor: Visitor) -> str:
        score = fmean(0.5 ** (days / HALF_LIFE) for days in visitor.visits) if visitor.visits else 0.0
        rank = next(rank for least, rank in RANKS if score >= least)
        return rendering.page(rendering.Card(name=visitor.name, score=round(score, 3), rank=rank))
