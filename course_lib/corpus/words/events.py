"""What is hard to learn, and what seems terrible in the dark."""

from dataclasses import dataclass


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
