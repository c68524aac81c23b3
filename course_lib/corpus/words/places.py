"""Where stories happen."""

from dataclasses import dataclass

from course_lib.corpus.words.listing import listed


@dataclass(frozen=True, eq=False)
class Place:
    """Somewhere to go on a day out.

    to: "to the park".
    spots: where something small may lie.
    seats: where somebody may sit.
    """

    name: str
    to: str
    spots: tuple[str, ...]
    seats: tuple[str, ...]


_PARK = Place(
    "park",
    "to the park",
    ("under the slide", "behind a bench", "beside the swings", "in the sandbox", "near the pond"),
    ("on a bench", "on the grass", "under a tree"),
)
_BEACH = Place(
    "beach",
    "to the beach",
    ("under a towel", "behind a rock", "beside a boat", "in the picnic basket", "near the water"),
    ("on a rock", "on the sand", "beside a boat"),
)
_WOODS = Place(
    "woods",
    "to the woods",
    ("under a bush", "behind a log", "beside the path", "in the tall grass", "near the stream"),
    ("on a log", "on a stone", "under a tree"),
)
_LAKE = Place(
    "lake",
    "to the lake",
    ("under a table", "behind the boathouse", "beside the dock", "in the tall grass", "near the ducks"),
    ("on the dock", "on a rock", "under a tree"),
)
_FARM = Place(
    "farm",
    "to the farm",
    ("under the cart", "behind the barn", "beside the well", "in the hay", "near the pigs"),
    ("on the fence", "on a box", "under a tree"),
)
_ZOO = Place(
    "zoo",
    "to the zoo",
    ("under a bench", "behind a sign", "beside the fountain", "in the gift shop", "near the monkeys"),
    ("on a bench", "on the grass", "under a tree"),
)
PLACES = (_PARK, _BEACH, _WOODS, _LAKE, _FARM, _ZOO)
OPEN_PLACES = (_PARK, _BEACH, _WOODS, _LAKE)

LANDMARKS = listed("""
    forest, sea, river, school, church, bakery, market, lake, mill, station, hill, farm, library, museum, tower,
    bridge, mosque, temple, castle, palace, bazaar, harbor, port, lighthouse, desert, mountain, canal,
    waterfall, meadow, orchard, vineyard, garden, fountain, theater, hospital, airport, stadium, zoo,
    playground, swimming pool, post office, fire station, town hall, clock tower, windmill, dam, quarry, cave,
    valley, volcano, beach, bay, cliff, island, swamp, marsh, jungle, oasis, glacier, rice field, tea garden,
    olive grove, palm grove, caravanserai, shrine, pagoda, monastery, fortress, city wall, town gate, stable,
    barn, tannery, brickyard, sawmill, greenhouse, observatory, planetarium, aquarium, circus, fairground, ice
    rink, bookshop, toy shop, tea house, flower shop, fish market, spice market, pottery, workshop, shipyard,
    railway, crossroads, well, reservoir, pine wood, bamboo grove, salt lake, hot spring
""")

GOALS = listed("""
    mill, rock, hollow tree, waterfall, bridge, hill, wall, lake, gate, fence, well, barn, tower, cave, pond,
    stump, haystack, scarecrow, windmill, signpost, oak tree, pine tree, birch tree, willow tree, cliff, ford,
    island, meadow, spring, ruin
""")
