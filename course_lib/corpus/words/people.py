"""The people that stories are about, with the pronouns and features that keep a story sensible."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from itertools import chain, zip_longest

from course_lib.corpus.words import names
from course_lib.corpus.words.listing import listed


@dataclass(frozen=True, eq=False)
class Character:
    """Somebody with a name.

    kind: what a story calls somebody like this: "girl", "boy", or "animal".
    he, him, his, himself: the pronouns: "she", "her", "her" and "herself" for a girl.
    """

    name: str
    kind: str
    he: str
    him: str
    his: str
    himself: str

    @cached_property
    def friends(self) -> "tuple[Character, ...]":
        """Whom this one may meet: those of the other pronouns, so that "she" and "he" stay clear in a story of two."""
        acquaintances = ANIMAL_HEROES if self.kind == "animal" else CHILDREN
        return tuple(other for other in acquaintances if other.he != self.he)


def _she(name: str, kind: str) -> Character:
    return Character(name, kind, "she", "her", "her", "herself")


def _he(name: str, kind: str) -> Character:
    return Character(name, kind, "he", "him", "his", "himself")


def _by_turns(*groups: Iterable[Character]) -> tuple[Character, ...]:
    """The first of each group, then the second of each, …: who comes early is drawn more often."""
    rounds = chain.from_iterable(zip_longest(*groups))
    return tuple(character for character in rounds if character is not None)


CHILDREN = _by_turns([_she(name, "girl") for name in names.GIRLS], [_he(name, "boy") for name in names.BOYS])
ANIMAL_HEROES = _by_turns(
    [_she(name, "animal") for name in names.ANIMAL_GIRLS], [_he(name, "animal") for name in names.ANIMAL_BOYS]
)


@dataclass(frozen=True, eq=False)
class Adult:
    """A grown-up of the family.

    call: how the child speaks to this one: "Mom".
    """

    name: str
    call: str


ADULTS = (Adult("mom", "Mom"), Adult("dad", "Dad"), Adult("grandma", "Grandma"), Adult("grandpa", "Grandpa"))


@dataclass(frozen=True, eq=False)
class Helper:
    """A grown-up of the neighborhood, and what this one is doing when the story comes by."""

    name: str
    he: str
    doing: str


HELPERS = (
    Helper("gardener", "she", "watering the roses"),
    Helper("farmer", "he", "mending a fence"),
    Helper("painter", "she", "painting a gate"),
    Helper("baker", "he", "sweeping the steps"),
    Helper("firefighter", "she", "washing a big truck"),
    Helper("mailman", "he", "carrying a bag of letters"),
    Helper("builder", "she", "fixing a wall"),
    Helper("fisherman", "he", "cleaning a boat"),
)


@dataclass(frozen=True, eq=False)
class Owner:
    """The one who misses a pet."""

    name: str
    he: str


OWNERS = tuple(
    Owner(*pair.rsplit(" ", 1))
    for pair in listed("""
        woman she, man he, lady she, sailor he, teacher she, baker he, nurse she, farmer he, grandmother
        she, grandfather he, singer she, painter he, doctor she, driver he, queen she, king he, princess
        she, prince he, girl scout she, boy scout he, neighbor she, gardener he, dancer she, soldier he,
        shopkeeper she, fisherman he, librarian she, carpenter he, tailor she, shepherd he
    """)
)

JOBS = listed("""
    baker, farmer, teacher, doctor, painter, gardener, mailman, cook, tailor, fisherman, singer, nurse,
    carpenter, librarian, shopkeeper, dentist, potter, weaver, blacksmith, shoemaker, watchmaker, jeweler,
    barber, florist, butcher, grocer, miller, beekeeper, shepherd, sailor, pilot, driver, conductor, mechanic,
    plumber, builder, bricklayer, roofer, glassblower, locksmith, clockmaker, toymaker, bookbinder, printer,
    writer, poet, actor, dancer, drummer, violinist, pianist, trumpeter, magician, juggler, clown, acrobat,
    puppeteer, photographer, sculptor, architect, engineer, scientist, astronomer, biologist, chemist,
    geologist, veterinarian, zookeeper, lifeguard, firefighter, policeman, judge, lawyer, mayor, soldier, guard,
    ranger, lumberjack, miner, diver, captain, tinsmith, coppersmith, saddler, tanner, dyer, spinner,
    embroiderer, hatter, cobbler, cooper, wheelwright, chandler, candlemaker, confectioner, chocolatier, waiter,
    chef, janitor, gatekeeper, ferryman, beadmaker, basketmaker, carpetmaker, calligrapher, translator, guide,
    peddler, merchant, banker, cashier, midwife, pharmacist, optician, coach, referee, tinker, falconer,
    stableboy, porter, bellringer, gondolier, fiddler, flutist, harpist, organist, cellist, composer,
    playwright, novelist, editor, reporter, announcer, broadcaster, programmer, electrician, welder, surveyor,
    geographer, historian, archaeologist, paleontologist, botanist, zoologist, physicist, mathematician,
    statistician, accountant, auctioneer, bookseller, stationer, perfumer, upholsterer, cabinetmaker,
    woodcarver, stonemason, goldsmith, silversmith, armorer, fletcher, bowyer, thatcher, plasterer, glazier,
    gymnast, runner, swimmer, cyclist, goalkeeper
""")
