"""The people, animals, things and places that stories are about, with the features that keep a story sensible.

A feature that is a tuple is a pool: a story draws one of its values when it first needs it. A feature may hold slots,
such as {his}. All words begin with the sound that their first letter promises (no "unicorn" and no "hour"), so that
"a" and "an" can be told from the letter.
"""

from dataclasses import dataclass
from functools import cached_property


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


CHILDREN = (
    *(
        _she(name, "girl")
        for name in [
            "Lily",
            "Mia",
            "Anna",
            "Zoe",
            "Lucy",
            "Ella",
            "Nora",
            "Sara",
            "Amy",
            "Maya",
            "Leila",
            "Mina",
            "Kate",
            "Emma",
            "Clara",
            "Rosie",
            "Alice",
            "Jane",
        ]
    ),
    *(
        _he(name, "boy")
        for name in [
            "Tom",
            "Ben",
            "Max",
            "Sam",
            "Leo",
            "Tim",
            "Jack",
            "Finn",
            "Omar",
            "Adam",
            "Noah",
            "Amir",
            "Luke",
            "Peter",
            "Paul",
            "Daniel",
            "Henry",
            "Ali",
        ]
    ),
)
ANIMAL_HEROES = (
    *(
        _she(name, "animal")
        for name in ["Dot", "Coco", "Hazel", "Poppy", "Daisy", "Pearl", "Bella", "Luna", "Mimi", "Tilly"]
    ),
    *(
        _he(name, "animal")
        for name in ["Pip", "Bruno", "Milo", "Oscar", "Rusty", "Bobo", "Toby", "Otto", "Ziggy", "Benny"]
    ),
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


@dataclass(frozen=True, eq=False)
class Skill:
    """Something that is hard to learn.

    fails: what happens at first.
    done: what happens at last.
    """

    name: str
    fails: tuple[str, ...]
    done: str


SKILLS = (
    Skill(
        "ride a bike",
        ("fell into the grass", "rolled into a bush", "bumped into a fence"),
        "rode all the way down the street",
    ),
    Skill(
        "skate",
        ("slipped and sat down hard", "bumped into a tree", "fell on {his} knees"),
        "skated across the whole pond",
    ),
    Skill(
        "whistle",
        ("made no sound", "only blew air", "got a wet chin"),
        "whistled a whole song",
    ),
    Skill(
        "juggle",
        ("dropped all three balls", "hit {his} own nose", "lost a ball under the sofa"),
        "kept three balls in the air",
    ),
    Skill(
        "play the piano",
        ("hit the wrong key", "forgot the next note", "played much too fast"),
        "played a song without a mistake",
    ),
    Skill(
        "do a handstand",
        ("tipped over", "fell on {his} back", "kicked a lamp"),
        "stood on {his} hands and counted to five",
    ),
)


@dataclass(frozen=True, eq=False)
class NightFright:
    """What seems terrible in the dark.

    seems: what the child notices.
    where: the place of it.
    truth: what it is in the light.
    """

    name: str
    seems: str
    where: str
    truth: str


NIGHT_FRIGHTS = (
    NightFright("coat", "saw a tall shape", "beside the closet", "a coat on a hook"),
    NightFright("branch", "saw a long arm", "at the window", "the branch of a tree"),
    NightFright("cat", "saw two green eyes", "under the desk", "the cat"),
    NightFright("dog", "heard a deep growl", "under the bed", "the old dog, who was snoring"),
    NightFright("beach ball", "saw a big round head", "on the chair", "a beach ball on a pile of clothes"),
    NightFright("giraffe", "saw a strange shadow", "on the wall", "the shadow of a toy giraffe"),
    NightFright("curtain", "saw something white", "near the door", "the curtain in the wind"),
    NightFright("mouse", "heard a scratching sound", "behind the shelf", "a mouse with a crumb"),
)


@dataclass(frozen=True, eq=False)
class Owner:
    """The one who misses a pet."""

    name: str
    he: str


OWNERS = (Owner("woman", "she"), Owner("man", "he"), Owner("lady", "she"), Owner("sailor", "he"))


@dataclass(frozen=True, eq=False)
class Animal:
    """An animal of the forest, and where it lives."""

    name: str
    home: str


ANIMALS = (
    Animal("rabbit", "burrow"),
    Animal("squirrel", "hollow tree"),
    Animal("mouse", "cozy hole"),
    Animal("bear", "cave"),
    Animal("hedgehog", "nest of leaves"),
    Animal("fox", "den"),
    Animal("badger", "warm den"),
    Animal("otter", "house by the river"),
    Animal("raccoon", "hollow log"),
    Animal("chipmunk", "tunnel"),
)

# What any story may draw from: {color} draws once and remembers, {any color} draws one that the story has not named.
POOLS: dict[str, tuple[str, ...]] = {
    # About people and animals
    "trait": (
        "little", "young", "happy", "curious", "clever", "cheerful", "playful", "lively", "funny", "dreamy", "merry",
        "smart", "busy", "quiet", "small", "quick", "silly", "jolly", "sleepy", "calm",
    ),
    "gladly": (
        "happily", "gladly", "cheerfully", "proudly", "brightly", "loudly", "merrily", "excitedly", "eagerly",
        "joyfully",
    ),
    "sadly": (
        "sadly", "quietly", "softly", "slowly", "unhappily", "shyly", "glumly", "gloomily", "tearfully", "timidly",
    ),
    "kindly": (
        "kindly", "gently", "warmly", "calmly", "sweetly", "tenderly", "patiently", "lovingly", "thoughtfully",
        "fondly",
    ),
    "doing": (
        "singing", "dancing", "drawing", "reading", "painting", "jumping", "climbing", "running", "laughing",
        "dreaming", "cooking", "hiking", "fishing", "gardening",
    ),
    "job": (
        "baker", "farmer", "teacher", "doctor", "painter", "gardener", "mailman", "cook", "tailor", "fisherman",
        "singer", "nurse", "carpenter", "librarian", "shopkeeper", "dentist",
    ),
    # About the world
    "weather": (
        "sunny", "warm", "bright", "lovely", "clear", "fine", "windy", "cool", "quiet", "golden", "fresh", "beautiful",
        "mild", "pleasant",
    ),
    "bad weather": ("rainy", "stormy", "gray", "cold", "wet", "foggy", "windy", "dark"),
    "month": ("March", "April", "May", "June", "July", "August", "September", "October"),
    "number": ("two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"),
    "landmark": (
        "forest", "sea", "river", "school", "church", "bakery", "market", "lake", "mill", "station", "hill", "farm",
        "library", "museum", "tower", "bridge",
    ),
    "animals": (
        "owls", "horses", "whales", "turtles", "lions", "ducks", "frogs", "tigers", "penguins", "cats", "bees",
        "elephants", "monkeys", "dolphins", "pandas", "camels", "sheep", "zebras",
    ),
    "creature": (
        "owl", "horse", "whale", "turtle", "lion", "duck", "frog", "tiger", "penguin", "goat", "bee", "elephant",
        "monkey", "dolphin", "panda", "camel", "crow", "zebra",
    ),
    "wild creature": (
        "owl", "frog", "duck", "toad", "crow", "goose", "turtle", "deer", "beaver", "swan", "goat", "hen",
    ),
    # About things
    "color": (
        "red", "blue", "green", "yellow", "orange", "purple", "pink", "white", "brown", "silver", "black", "golden",
        "violet", "gray",
    ),
    "fine": (
        "nice", "lovely", "pretty", "shiny", "beautiful", "special", "fine", "wonderful", "new", "little", "bright",
        "splendid",
    ),
    "carrier": ("hat", "sack", "basket", "box", "pail", "bag", "bucket", "bowl"),
    "food": (
        "pancakes", "cheese", "plums", "noodles", "popcorn", "honey", "soup", "bread", "cookies", "grapes", "rice",
        "carrots", "peaches", "jam", "apple pie", "cake", "pizza", "salad", "toast", "waffles", "muffins", "pears",
    ),
    "wild food": (
        "berries", "nuts", "honey", "apples", "mushrooms", "seeds", "plums", "clover", "roots", "pears", "cherries",
        "acorns", "chestnuts", "grapes",
    ),
    "drink": ("milk", "tea", "cocoa", "apple juice", "lemonade", "cold water", "mint tea", "orange juice"),
    "joy": (
        "rain", "snow", "jokes", "songs", "long walks", "puddles", "stars", "games", "naps", "mud", "flowers", "music",
    ),
}  # fmt: skip

SHARED_TOYS = ("ball", "kite", "drum", "hoop", "jump rope", "toy truck", "bucket", "flute", "yo-yo", "pinwheel")
CARRIED_TOYS = (
    "doll", "robot", "puppet", "teddy bear", "toy car", "toy train", "toy boat", "rabbit", "toy airplane", "elephant",
)  # fmt: skip
TOY_NAMES = ("Bobby", "Nono", "Captain", "Lulu", "Button", "Patch", "Jolly", "Bingo")
FLYING_TOYS = ("kite", "balloon", "paper airplane", "ball", "toy rocket", "pinwheel", "beach ball", "parachute")
PRESENTS = ("ball", "drum", "book", "scarf", "kite", "lantern", "hat", "flute", "blanket", "puzzle")
BREAKABLES = ("vase", "cup", "plate", "bowl", "teapot", "jar", "flowerpot", "lamp")
PETS = ("kitten", "puppy", "rabbit", "parrot", "goat", "hamster")
PET_NAMES = ("Biscuit", "Snowy", "Pepper", "Peanut", "Cookie", "Fluffy", "Buddy", "Muffin")
BIRDS = ("sparrow", "robin", "finch", "wren", "bluebird", "swallow", "blackbird", "thrush")
TREATS = ("cake", "pie", "pudding", "tart", "bun", "muffin", "roll", "waffle")
FLAVORS = ("apple", "lemon", "banana", "cherry", "carrot", "honey", "plum", "chocolate", "orange", "pear")
CROPS = ("sunflower", "bean plant", "tomato plant", "rose bush", "pea plant", "corn plant", "raspberry bush", "lily")
RUNNERS = ("rabbit", "fox", "squirrel", "deer", "wolf", "mouse", "hare", "weasel")
GOALS = ("mill", "rock", "hollow tree", "waterfall", "bridge", "hill", "wall", "lake")
MONSTERS = ("monster", "ghost", "dragon", "giant", "wolf", "witch", "pirate", "bear")
DANGERS = ("wolf", "snake", "tiger", "giant", "dragon", "ghost", "monster", "bull")
SHORE_FINDS = ("shells", "pebbles", "feathers", "green glass", "starfish", "driftwood", "seaweed", "sticks")
