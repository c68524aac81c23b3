"""The people, animals, things and places that stories are about, with the features that keep a story sensible.

A feature that is a tuple is a pool: a story draws one of its values when it first needs it. A feature may hold slots,
such as {his}. What stands early in a pool is drawn more often (see `course_lib.corpus.sampler`), as real words are.
All words begin with the sound that their first letter promises (no "unicorn" and no "hour"), so that "a" and "an" can
be told from the letter.
"""

from course_lib.corpus.words import animals, describing, food, names, people, places, things
from course_lib.corpus.words.animals import ANIMALS, BIRDS, DANGERS, MONSTERS, PETS, RUNNERS
from course_lib.corpus.words.events import NIGHT_FRIGHTS, SKILLS
from course_lib.corpus.words.food import CROPS, FLAVORS, TREATS
from course_lib.corpus.words.names import PET_NAMES, TOY_NAMES
from course_lib.corpus.words.people import ADULTS, ANIMAL_HEROES, CHILDREN, HELPERS, OWNERS
from course_lib.corpus.words.places import GOALS, OPEN_PLACES, PLACES
from course_lib.corpus.words.things import (
    BREAKABLES,
    CARRIED_TOYS,
    FLYING_TOYS,
    PRESENTS,
    SHARED_TOYS,
    SHORE_FINDS,
)

# What any story may draw from: {color} draws once and remembers, {any color} draws one that the story has not named.
POOLS: dict[str, tuple[str, ...]] = {
    "trait": describing.TRAITS,
    "gladly": describing.GLADLY,
    "sadly": describing.SADLY,
    "kindly": describing.KINDLY,
    "doing": describing.DOING,
    "job": people.JOBS,
    "weather": describing.WEATHER,
    "bad weather": describing.BAD_WEATHER,
    "month": describing.MONTHS,
    "number": describing.NUMBERS,
    "town": names.TOWNS,
    "landmark": places.LANDMARKS,
    "animals": animals.MANY,
    "creature": animals.CREATURES,
    "wild creature": animals.WILD,
    "color": describing.COLORS,
    "fine": describing.FINE,
    "carrier": things.CARRIERS,
    "clothes": things.CLOTHES,
    "food": food.FOODS,
    "wild food": food.WILD_FOODS,
    "drink": food.DRINKS,
    "joy": describing.JOYS,
}

__all__ = [
    "ADULTS",
    "ANIMALS",
    "ANIMAL_HEROES",
    "BIRDS",
    "BREAKABLES",
    "CARRIED_TOYS",
    "CHILDREN",
    "CROPS",
    "DANGERS",
    "FLAVORS",
    "FLYING_TOYS",
    "GOALS",
    "HELPERS",
    "MONSTERS",
    "NIGHT_FRIGHTS",
    "OPEN_PLACES",
    "OWNERS",
    "PETS",
    "PET_NAMES",
    "PLACES",
    "POOLS",
    "PRESENTS",
    "RUNNERS",
    "SHARED_TOYS",
    "SHORE_FINDS",
    "SKILLS",
    "TOY_NAMES",
    "TREATS",
]
